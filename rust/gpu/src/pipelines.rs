//! Shader modules and pipelines, made once for each text.

use crate::recorder;
use crate::shaders;
use parking_lot::Mutex;
use ravine_core::error::{Error, Result};
use ravine_core::gpu::{Buffer, Mode, Pass};
use rustc_hash::FxHashMap;
use std::fmt::Write;
use std::sync::Arc;
use wgpu::{BindingType, BufferBindingType};

pub struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    pub layout: wgpu::BindGroupLayout,
    /// Of the pipeline, for keys.
    pub id: u32,
    /// Bytes of the params, 0 without any.
    pub params: u64,
    /// Does nothing while an error is noted.
    pub is_guarded: bool,
    pass: Pass,
}

#[derive(Default)]
pub struct Pipelines {
    known: Mutex<FxHashMap<String, Arc<Pipeline>>>,
}

impl Pipelines {
    /// Of a pass that, if it is guarded, does nothing while this thread's word has an error. Fails for what the driver
    /// does not take, which is not kept.
    pub fn get(&self, device: &wgpu::Device, pass: &Pass, is_guarded: bool) -> Result<Arc<Pipeline>> {
        let key = key(pass, is_guarded);
        let mut known = self.known.lock();
        if let Some(found) = known.get(&key) {
            return Ok(found.clone());
        }
        let scopes = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::Internal]
            .map(|filter| device.push_error_scope(filter));
        let made = Arc::new(create(device, pass, is_guarded, known.len() as u32));
        for scope in scopes.into_iter().rev() {
            if let Some(error) = pollster::block_on(scope.pop()) {
                let text = format!("the GPU's driver refused {}: {error}", pass.template);
                return Err(Error::state("", text));
            }
        }
        recorder::note_pipeline();
        known.insert(key, made.clone());
        Ok(made)
    }

    /// The passes for which there are pipelines, in the order in which these were made, as JSON, each with its module.
    pub fn described(&self) -> Vec<(String, String)> {
        let known = self.known.lock();
        let mut made: Vec<_> = known.values().collect();
        made.sort_by_key(|pipeline| pipeline.id);
        let described = made
            .iter()
            .map(|p| (p.pass.to_json(), module(&p.pass, p.is_guarded)));
        described.collect()
    }
}

/// All that the module of a pass is made of.
fn key(pass: &Pass, is_guarded: bool) -> String {
    let mut key = format!(
        "{}\0{}\0{}\0{is_guarded}",
        pass.template,
        pass.entry,
        pass.params.len().div_ceil(4)
    );
    let part = |key: &mut String, text: &str| {
        key.push('\0');
        key.push_str(text);
    };
    for (name, value) in &pass.defines {
        part(&mut key, name);
        part(&mut key, value);
    }
    for binding in &pass.bindings {
        part(&mut key, &binding.name);
        part(&mut key, binding.kind);
        part(&mut key, mode(binding.mode));
    }
    for (name, text) in &pass.slots {
        part(&mut key, name);
        part(&mut key, text);
    }
    key
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::ReadWrite => "read_write",
    }
}

/// The module of a pass; `ravine_core::gpu` says how it is put together.
pub fn module(pass: &Pass, is_guarded: bool) -> String {
    let mut text = String::new();
    for (i, binding) in pass.bindings.iter().enumerate() {
        writeln!(
            text,
            "@group(0) @binding({i}) var<storage, {}> {}: array<{}>;",
            mode(binding.mode),
            binding.name,
            binding.kind
        )
        .expect("writing to a string cannot fail");
    }
    if !pass.params.is_empty() {
        writeln!(
            text,
            "@group(0) @binding({}) var<uniform> params: array<vec4<u32>, {}>;\n\
             fn param(i: u32) -> u32 {{\n    return params[i >> 2u][i & 3u];\n}}",
            pass.bindings.len(),
            pass.params.len().div_ceil(4)
        )
        .expect("writing to a string cannot fail");
    }
    if pass.bindings.iter().any(|b| b.buffer == Buffer::Fault) {
        text.push_str(shaders::text("fault.wgsl"));
    }
    for (_, slot) in &pass.slots {
        text.push_str(slot);
        text.push('\n');
    }
    let mut template = shaders::text(pass.template).to_string();
    for (name, value) in &pass.defines {
        template = template.replace(&format!("{{{{{name}}}}}"), value);
    }
    if is_guarded {
        let binding = pass.bindings.len() + !pass.params.is_empty() as usize;
        writeln!(
            text,
            "@group(0) @binding({binding}) var<uniform> noted: vec4<u32>;"
        )
        .expect("writing to a string cannot fail");
        template = guarded(&template, pass.entry);
    }
    text.push_str(&template);
    shaders::prelude(&text) + &text
}

/// The template with an entry that ends at once while an error is noted. All invocations read the same word of a uniform
/// buffer, so barriers that follow stand in uniform control flow.
fn guarded(template: &str, entry: &str) -> String {
    let head = template
        .find(&format!("fn {entry}("))
        .expect("a template has its entry");
    let (before, after) = template.split_at(head);
    let body = after.find(") {\n").expect("an entry has a body") + 4;
    format!(
        "{before}{}    if (noted.x != 0u) {{\n        return;\n    }}\n{}",
        &after[..body],
        &after[body..]
    )
}

fn create(device: &wgpu::Device, pass: &Pass, is_guarded: bool, id: u32) -> Pipeline {
    let kinds = (pass.bindings.iter())
        .map(|b| BufferBindingType::Storage {
            read_only: b.mode == Mode::Read,
        })
        .chain((!pass.params.is_empty()).then_some(BufferBindingType::Uniform))
        .chain(is_guarded.then_some(BufferBindingType::Uniform));
    let params = pass.bindings.len();
    let entries: Vec<wgpu::BindGroupLayoutEntry> = kinds
        .enumerate()
        .map(|(i, kind)| wgpu::BindGroupLayoutEntry {
            binding: i as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: kind,
                // The params of all launches of a batch lie in one buffer.
                has_dynamic_offset: i == params && !pass.params.is_empty(),
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &entries,
    });
    let description = wgpu::ShaderModuleDescriptor {
        label: Some(pass.template),
        source: wgpu::ShaderSource::Wgsl(module(pass, is_guarded).into()),
    };
    let module = if pass.is_own() {
        device.create_shader_module(description)
    } else {
        let mut checks = wgpu::ShaderRuntimeChecks::checked();
        // Counting the rounds of every loop costs up to a hundred times the loop.
        checks.force_loop_bounding = false;
        // SAFETY: every loop of a template ends: its bounds come from params.
        unsafe { device.create_shader_module_trusted(description, checks) }
    };
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(pass.template),
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some(pass.entry),
        compilation_options: wgpu::PipelineCompilationOptions {
            // No template reads what it has not written.
            zero_initialize_workgroup_memory: pass.is_own(),
            ..wgpu::PipelineCompilationOptions::default()
        },
        cache: None,
    });
    Pipeline {
        pipeline,
        layout,
        id,
        params: pass.params.len().div_ceil(4) as u64 * 16,
        is_guarded,
        pass: pass.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_guarded() {
        let mut entries = 0;
        for (file, text) in shaders::FILES {
            for piece in text.split("@compute").skip(1) {
                let from = piece.find("fn ").expect("an entry is a function") + 3;
                let entry = &piece[from..from + piece[from..].find('(').expect("it has parameters")];
                let guarded = guarded(text, entry);
                let body = guarded
                    .split(&format!("fn {entry}("))
                    .nth(1)
                    .expect("it is still there");
                let first = body.lines().skip_while(|line| !line.ends_with(") {")).nth(1);
                assert_eq!(first, Some("    if (noted.x != 0u) {"), "{file}: {entry}");
                entries += 1;
            }
        }
        assert!(entries > 40);
    }
}
