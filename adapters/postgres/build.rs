//! Builds anew when a migration is added: the compiler itself sees only those that it has embedded before.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
