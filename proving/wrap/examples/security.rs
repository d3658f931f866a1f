//! Prints the tables of ARCHITECTURE.md, "Security arithmetic", as the parameters give them.

fn main() {
    for table in assay_wrap::layers::security_tables() {
        println!("{table}");
    }
}
