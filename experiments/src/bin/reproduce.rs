//! Reproduce: published numbers beside ours. Papers are files, in `experiments/papers`; see [`Reproduce`].

use experiments::reproduce::Reproduce;
use experiments::tasks::Tasks;
use models::Registry;

fn main() -> std::process::ExitCode {
    Reproduce::new(Registry::builtin(), Tasks::builtin()).main()
}
