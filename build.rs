//! Fails if the committed Rust types in `src/plugin/proto/` were not generated from the present files in `proto/`.
//! Generating them in each build would cost every user of the sources a compiler for the protocol.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    for name in ["tfplugin5", "go_plugin"] {
        let source = format!("proto/{name}.proto");
        let generated = format!("src/plugin/proto/{name}.rs");
        println!("cargo::rerun-if-changed={source}");
        println!("cargo::rerun-if-changed={generated}");
        let hash = format!("// Hash of the source: {:016x}", fnv1a(&std::fs::read(Path::new(&source))?));
        if !std::fs::read_to_string(&generated)?.lines().any(|line| line == hash) {
            return Err(
                format!("{generated} was not generated from the present {source}; run `cargo generate-proto`").into()
            );
        }
    }
    Ok(())
}

/// Hashes a file with FNV-1a, as `proto/generate` does. Carriage returns are skipped, because Git may add them on
/// Windows.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .filter(|byte| **byte != b'\r')
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
