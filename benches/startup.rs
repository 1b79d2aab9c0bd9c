//! Time from the start of the plugin process to the handshake line. Terraform waits for it several times per command.
//!
//! `cargo bench --bench startup` prints the median and the spread of 300 starts.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints a table, and stops on an error")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};

const STARTS: usize = 300;
const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-conductorone");
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

fn main() {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    // Fills the page cache.
    for _ in 0..10 {
        start(&certificate);
    }
    let mut times: Vec<Duration> = (0..STARTS).map(|_| start(&certificate)).collect();
    times.sort();
    let percentile = |share: usize| times[(times.len() - 1) * share / 100];
    println!("process start to handshake line, mutual TLS, {STARTS} starts");
    println!("| median | 10 % | 90 % | slowest |");
    println!("| --- | --- | --- | --- |");
    println!("| {:.2?} | {:.2?} | {:.2?} | {:.2?} |", percentile(50), percentile(10), percentile(90), percentile(100));
}

fn start(certificate: &str) -> Duration {
    let started = Instant::now();
    let mut plugin = Command::new(BINARY)
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_CLIENT_CERT", certificate)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(plugin.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let elapsed = started.elapsed();
    assert!(line.starts_with("1|5|"), "handshake line {line:?}");
    let socket = line.split('|').nth(3).unwrap_or_default();
    plugin.kill().unwrap();
    plugin.wait().unwrap();
    std::fs::remove_file(socket).unwrap();
    elapsed
}
