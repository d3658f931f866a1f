//! Where the repository is: the development chain needs its contracts, the demo its examples.

use std::path::{Path, PathBuf};

use anyhow::bail;

/// A file that the root has and no other folder.
const MARK: &str = "contracts/script-tools/deploy.sh";

/// Finds the repository from `ASSAY_ROOT`, the working folder or the program's own place.
pub fn find() -> anyhow::Result<PathBuf> {
    if let Some(root) = std::env::var_os("ASSAY_ROOT") {
        let root = PathBuf::from(root);
        if root.join(MARK).exists() {
            return Ok(root);
        }
        bail!("ASSAY_ROOT is {}, which has no {MARK}", root.display());
    }
    let places = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    for place in places.into_iter().flatten() {
        if let Some(root) = place.ancestors().find(|folder| folder.join(MARK).exists()) {
            return Ok(root.to_owned());
        }
    }
    bail!("this command needs the repository: run it inside, or set ASSAY_ROOT")
}

/// Returns the path of one of our programs: they are built into the same folder.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().unwrap_or(Path::new("."));
    // Test programs run one folder deeper.
    let folder = if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    let path = folder.join(name);
    if !path.exists() {
        bail!(
            "{} is missing: build the whole workspace first (make build)",
            path.display()
        );
    }
    Ok(path)
}
