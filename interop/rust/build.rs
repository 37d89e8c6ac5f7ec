//! Tells the program the versions in the lock file.

fn main() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let version = |name: &str| {
        let start = lock.find(&format!("name = \"{name}\"\nversion = \"")).unwrap_or(0);
        lock[start..].split('"').nth(3).unwrap_or("?").to_string()
    };
    println!("cargo:rustc-env=LIBP2P_VERSION={}", version("libp2p"));
    println!("cargo:rustc-env=GOSSIPSUB_VERSION={}", version("libp2p-gossipsub"));
    println!("cargo:rerun-if-changed=Cargo.lock");
}
