//! `ravine-translate FOLDER` writes every WGSL module of a folder as Vulkan, Metal and DX12 take it, and says which
//! cannot be written. The tests hand it all that Ravine makes.

use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{Module, front};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

type Outcome<T> = Result<T, Box<dyn Error>>;
type Writer = fn(&Module, &ModuleInfo) -> Outcome<()>;

const LANGUAGES: [(&str, Writer); 3] = [("SPIR-V", spirv), ("MSL", metal), ("HLSL", direct3d)];

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: ravine-translate FOLDER");
        return ExitCode::FAILURE;
    };
    let files = match modules(Path::new(&folder)) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let complaints: Vec<String> = files.iter().flat_map(|file| translate(file)).collect();
    complaints.iter().for_each(|complaint| println!("{complaint}"));
    println!("{} modules, {} complaints", files.len(), complaints.len());
    ExitCode::from(u8::from(!complaints.is_empty()))
}

fn modules(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "wgsl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What is wrong with a module.
fn translate(file: &Path) -> Vec<String> {
    let complaint = |language: &str, error: &dyn Error| {
        // The first error says what is meant only with those behind it.
        let causes = std::iter::successors(Some(error), |&e| e.source());
        let text: Vec<String> = causes.map(|e| e.to_string()).collect();
        format!("{}: {language}: {}", file.display(), text.join(": "))
    };
    let (module, info) = match read(file) {
        Ok(read) => read,
        Err(error) => return vec![complaint("WGSL", &*error)],
    };
    let written = LANGUAGES.map(|(language, write)| (language, write(&module, &info)));
    let failed = written.iter().filter_map(|(language, result)| {
        let error = result.as_ref().err()?;
        Some(complaint(language, &**error))
    });
    failed.collect()
}

/// A module that needs nothing that a device may lack: neither f16 nor subgroups nor 64-bit integers.
fn read(file: &Path) -> Outcome<(Module, ModuleInfo)> {
    let text = fs::read_to_string(file)?;
    let module = front::wgsl::parse_str(&text).map_err(|error| error.emit_to_string(&text))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let info = validator.validate(&module)?;
    Ok((module, info))
}

fn spirv(module: &Module, info: &ModuleInfo) -> Outcome<()> {
    spv::write_vec(module, info, &spv::Options::default(), None)?;
    Ok(())
}

fn metal(module: &Module, info: &ModuleInfo) -> Outcome<()> {
    // Metal 2.0 is on every system that wgpu runs on.
    let options = msl::Options {
        lang_version: (2, 0),
        ..msl::Options::default()
    };
    msl::write_string(module, info, &options, &msl::PipelineOptions::default())?;
    Ok(())
}

fn direct3d(module: &Module, info: &ModuleInfo) -> Outcome<()> {
    let (options, of_pipeline) = (hlsl::Options::default(), hlsl::PipelineOptions::default());
    let mut text = String::new();
    hlsl::Writer::new(&mut text, &options, &of_pipeline).write(module, info, None)?;
    Ok(())
}
