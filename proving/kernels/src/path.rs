//! Which instructions the kernels use.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// The instructions that kernels use. Results are the same on every path. A kernel that is given a path which the processor
/// does not have runs scalar code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// Scalar code for any processor of the target.
    Portable,
    /// AVX2.
    Avx2,
    /// AVX-512 with the 52-bit multiplications of IFMA.
    Avx512,
}

/// A name that is no path, or a path that this processor does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}={name}: this processor has {}", Path::VARIABLE, list(&Path::available()))]
pub struct UnknownPath {
    name: String,
}

impl Path {
    /// The environment variable that forces a path.
    pub const VARIABLE: &str = "ASSAY_KERNELS";

    /// Every path, the plainest first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Returns the path of this process: the one that `ASSAY_KERNELS` names, or the best that the processor has.
    ///
    /// # Panics
    ///
    /// If the variable names a path that the processor does not have; [`Self::from_environment`] says so without panic.
    pub fn current() -> Self {
        static CURRENT: OnceLock<Path> = OnceLock::new();
        *CURRENT.get_or_init(|| Self::from_environment().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Returns the path that the environment asks for, or the best one. Programs call it once at start to name a mistake.
    pub fn from_environment() -> Result<Self, UnknownPath> {
        match std::env::var_os(Self::VARIABLE) {
            None => Ok(Self::best()),
            Some(value) if value.is_empty() => Ok(Self::best()),
            Some(value) => {
                let name = value.to_string_lossy();
                let path: Self = name.parse()?;
                if path.is_available() {
                    Ok(path)
                } else {
                    Err(UnknownPath {
                        name: name.into_owned(),
                    })
                }
            }
        }
    }

    /// Says whether the environment names a path, so that this may not be the best one.
    pub fn is_forced() -> bool {
        std::env::var_os(Self::VARIABLE).is_some_and(|value| !value.is_empty())
    }

    /// Returns the paths that the processor has, the plainest first.
    pub fn available() -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|path| path.is_available())
            .collect()
    }

    /// Returns the name, as `ASSAY_KERNELS` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    fn best() -> Self {
        Self::ALL
            .into_iter()
            .rev()
            .find(|path| path.is_available())
            .unwrap_or(Self::Portable)
    }

    /// Says whether the processor has the instructions. Every entry to code of a path checks this.
    #[cfg(target_arch = "x86_64")]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Avx512 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512ifma")
            }
        }
    }

    /// Says whether the processor has the instructions.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_available(self) -> bool {
        self == Self::Portable
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Path {
    type Err = UnknownPath;

    fn from_str(name: &str) -> Result<Self, UnknownPath> {
        Self::ALL
            .into_iter()
            .find(|path| path.name() == name)
            .ok_or_else(|| UnknownPath {
                name: name.to_owned(),
            })
    }
}

fn list(paths: &[Path]) -> String {
    let names: Vec<&str> = paths.iter().map(|path| path.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for path in Path::ALL {
            assert_eq!(path.name().parse::<Path>(), Ok(path));
        }
        let error = "avx1024".parse::<Path>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("ASSAY_KERNELS=avx1024: this processor has portable")
        );
    }

    #[test]
    fn portable_is_everywhere() {
        assert_eq!(Path::available()[0], Path::Portable);
        assert!(Path::best().is_available());
    }
}
