//! A program as JSON, for hosts that are not written in Rust: the tests and the HTML exporter.

use super::{Binding, Buffer, GpuProgram, Mode, Pass};

impl GpuProgram {
    pub fn to_json(&self) -> String {
        let outputs = self
            .outputs
            .iter()
            .map(|(shape, dtype)| object(&[("shape", list(shape.iter())), ("dtype", quoted(dtype.name()))]));
        object(&[
            ("passes", list(self.passes.iter().map(Pass::to_json))),
            ("scratch", list(self.scratch.iter())),
            ("aliases", list(self.aliases.iter().map(|(o, i)| list([o, i])))),
            ("inputs", self.inputs.to_string()),
            ("outputs", list(outputs)),
        ])
    }
}

impl Pass {
    pub fn to_json(&self) -> String {
        object(&[
            ("template", quoted(self.template)),
            ("entry", quoted(self.entry)),
            ("defines", texts(&self.defines)),
            ("bindings", list(self.bindings.iter().map(binding))),
            ("params", list(self.params.iter())),
            ("slots", texts(&self.slots)),
            ("grid", list(self.grid.iter())),
        ])
    }
}

fn binding(b: &Binding) -> String {
    let (role, index) = match b.buffer {
        Buffer::Input(i) => ("input", i),
        Buffer::Output(i) => ("output", i),
        Buffer::Scratch(i) => ("scratch", i),
        Buffer::Fault => ("fault", 0),
    };
    let mode = match b.mode {
        Mode::Read => "read",
        Mode::ReadWrite => "read_write",
    };
    object(&[
        ("name", quoted(&b.name)),
        ("buffer", quoted(role)),
        ("index", index.to_string()),
        ("mode", quoted(mode)),
        ("kind", quoted(b.kind)),
    ])
}

fn texts(pairs: &[(&'static str, String)]) -> String {
    object(
        &pairs
            .iter()
            .map(|(name, text)| (*name, quoted(text)))
            .collect::<Vec<_>>(),
    )
}

fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}:{value}", quoted(name)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|x| x.to_string()).collect();
    format!("[{}]", items.join(","))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\u000ad""#);
        let empty = GpuProgram::default().to_json();
        assert_eq!(
            empty,
            r#"{"passes":[],"scratch":[],"aliases":[],"inputs":0,"outputs":[]}"#
        );
    }
}
