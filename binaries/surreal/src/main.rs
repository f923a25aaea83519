//! Starts the SurrealDB server, which its crate `surrealdb-server` holds as a library.
#![recursion_limit = "256"]

fn main() -> std::process::ExitCode {
    surrealdb_server::init(surrealdb_core::CommunityComposer())
}
