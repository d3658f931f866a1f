//! Reading a sign-in message (EIP-4361) and checking everything in it that is not the signature.

use assay_market::{Address, Timestamp};
use siwe::Message;

use crate::limits::{CLOCK_SKEW_SECS, MAX_SIWE_CHARS, NONCE_LIFETIME_SECS};

/// What a sign-in message must name: this service on this chain.
#[derive(Debug, Clone)]
pub struct Audience {
    /// Host and port, as people reach them.
    pub domain: String,
    /// The service's address, without a slash at its end.
    pub uri: String,
    /// The chain.
    pub chain_id: u64,
}

impl Audience {
    /// Returns the audience for a public address such as `https://assay.example`.
    ///
    /// # Errors
    /// A sentence, if the text is not such an address.
    pub fn new(public_url: &str, chain_id: u64) -> Result<Self, String> {
        let uri = public_url.trim_end_matches('/');
        let rest = uri
            .strip_prefix("https://")
            .or_else(|| uri.strip_prefix("http://"));
        let domain = rest
            .and_then(|rest| rest.split('/').next())
            .filter(|domain| !domain.is_empty());
        let domain = domain.ok_or_else(|| {
            format!("expected a public address with http or https, got {public_url:?}")
        })?;
        Ok(Self {
            domain: domain.to_owned(),
            uri: uri.to_owned(),
            chain_id,
        })
    }
}

/// What a message claims, once everything but its nonce and signature is checked.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who signs in.
    pub address: Address,
    /// The nonce, to be used up.
    pub nonce: String,
    /// What a key signs: the message's EIP-191 hash.
    pub hash: [u8; 32],
    message: Message,
}

impl Claim {
    /// Returns whether the signature is one of the address's own key.
    pub fn is_signed_by_key(&self, signature: &[u8]) -> bool {
        // Two encodings of the recovery bit are in use; others would be reduced to them, so they are refused here.
        let Ok(signature) = <&[u8; 65]>::try_from(signature) else {
            return false;
        };
        matches!(signature[64], 0 | 1 | 27 | 28) && self.message.verify_eip191(signature).is_ok()
    }
}

/// Why a sign-in message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The text is longer than its limit.
    #[error("expected a message of at most {MAX_SIWE_CHARS} characters, got {0}")]
    TooLong(usize),
    /// The text is not an EIP-4361 message.
    #[error("not an EIP-4361 message: {0}")]
    Malformed(String),
    /// It is for another service.
    #[error("expected domain {expected}, got {got}")]
    Domain {
        /// Ours.
        expected: String,
        /// The message's.
        got: String,
    },
    /// It is for another address of a service.
    #[error("expected URI {expected}, got {got}")]
    Uri {
        /// Ours.
        expected: String,
        /// The message's.
        got: String,
    },
    /// It is for another chain.
    #[error("expected chain id {expected}, got {got}")]
    ChainId {
        /// Ours.
        expected: u64,
        /// The message's.
        got: u64,
    },
    /// It is not valid any more, or not yet.
    #[error("the message is not valid now: {0}")]
    Time(&'static str),
}

/// Reads a message and checks domain, URI, chain id and times.
///
/// # Errors
/// A [`SignInError`] that says which field is wrong.
pub fn read_message(text: &str, audience: &Audience, now: Timestamp) -> Result<Claim, SignInError> {
    if text.len() > MAX_SIWE_CHARS {
        return Err(SignInError::TooLong(text.len()));
    }
    let message: Message = text
        .parse()
        .map_err(|error: siwe::ParseError| SignInError::Malformed(error.to_string()))?;
    let got = message.domain.to_string();
    if got != audience.domain {
        return Err(SignInError::Domain {
            expected: audience.domain.clone(),
            got,
        });
    }
    let got = message.uri.to_string();
    if got != audience.uri && !got.starts_with(&format!("{}/", audience.uri)) {
        return Err(SignInError::Uri {
            expected: audience.uri.clone(),
            got,
        });
    }
    if message.chain_id != audience.chain_id {
        return Err(SignInError::ChainId {
            expected: audience.chain_id,
            got: message.chain_id,
        });
    }
    check_times(&message, now)?;
    let hash = message
        .eip191_hash()
        .map_err(|error| SignInError::Malformed(error.to_string()))?;
    Ok(Claim {
        address: Address(message.address),
        nonce: message.nonce.clone(),
        hash,
        message,
    })
}

fn check_times(message: &Message, now: Timestamp) -> Result<(), SignInError> {
    let seconds = |time: &siwe::TimeStamp| time.as_ref().unix_timestamp();
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let skew = CLOCK_SKEW_SECS as i64;
    let issued_at = seconds(&message.issued_at);
    if issued_at > now.saturating_add(skew) {
        return Err(SignInError::Time("it was issued in the future"));
    }
    // The nonce it carries cannot be older than this.
    if issued_at < now.saturating_sub(skew + NONCE_LIFETIME_SECS as i64) {
        return Err(SignInError::Time("it was issued too long ago"));
    }
    if message
        .expiration_time
        .as_ref()
        .is_some_and(|time| seconds(time) <= now)
    {
        return Err(SignInError::Time("it has expired"));
    }
    if message
        .not_before
        .as_ref()
        .is_some_and(|time| seconds(time) > now.saturating_add(skew))
    {
        return Err(SignInError::Time("it is not valid yet"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-22T12:00:00Z
    const NOW: Timestamp = Timestamp(1_795_348_800);

    fn message(domain: &str, uri: &str, chain_id: u64, times: &str) -> String {
        format!(
            "{domain} wants you to sign in with your Ethereum account:\n\
             0x6Da01670d8fc844e736095918bbE11fE8D564163\n\nSign in to Assay\n\n\
             URI: {uri}\nVersion: 1\nChain ID: {chain_id}\nNonce: kEWepMt9knR6lWJ6A\n{times}"
        )
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "the cases read better without references"
    )]
    fn check(text: &str, expected: Result<(), SignInError>) {
        let audience = Audience::new("http://localhost:8080/", 31_337).unwrap();
        assert_eq!(read_message(text, &audience, NOW).map(|_| ()), expected);
    }

    #[test]
    fn message_for_this_service_is_read() {
        let times = "Issued At: 2026-11-22T11:59:00Z\nExpiration Time: 2026-11-22T12:00:01Z";
        check(
            &message("localhost:8080", "http://localhost:8080", 31_337, times),
            Ok(()),
        );
        check(
            &message(
                "localhost:8080",
                "http://localhost:8080/sign-in",
                31_337,
                times,
            ),
            Ok(()),
        );
    }

    #[test]
    fn message_for_another_service_chain_or_time_is_refused() {
        let times = "Issued At: 2026-11-22T11:59:00Z";
        let (domain, uri) = ("localhost:8080", "http://localhost:8080");
        let text = |domain, uri| SignInError::Domain {
            expected: domain,
            got: uri,
        };
        check(
            &message("evil.example", uri, 31_337, times),
            Err(text(domain.into(), "evil.example".into())),
        );
        let got = "http://localhost:80801".to_owned();
        check(
            &message(domain, &got, 31_337, times),
            Err(SignInError::Uri {
                expected: uri.into(),
                got: got.clone(),
            }),
        );
        check(
            &message(domain, uri, 1, times),
            Err(SignInError::ChainId {
                expected: 31_337,
                got: 1,
            }),
        );
        for (times, reason) in [
            (
                "Issued At: 2026-11-22T12:05:00Z",
                "it was issued in the future",
            ),
            (
                "Issued At: 2026-11-22T11:00:00Z",
                "it was issued too long ago",
            ),
            (
                "Issued At: 2026-11-22T11:59:00Z\nExpiration Time: 2026-11-22T12:00:00Z",
                "it has expired",
            ),
            (
                "Issued At: 2026-11-22T11:59:00Z\nNot Before: 2026-11-22T12:30:00Z",
                "it is not valid yet",
            ),
        ] {
            check(
                &message(domain, uri, 31_337, times),
                Err(SignInError::Time(reason)),
            );
        }
    }

    #[test]
    fn text_that_is_no_message_is_refused() {
        check(
            &"x".repeat(MAX_SIWE_CHARS + 1),
            Err(SignInError::TooLong(MAX_SIWE_CHARS + 1)),
        );
        let audience = Audience::new("http://localhost:8080", 31_337).unwrap();
        for text in [
            "",
            "hello",
            "localhost:8080 wants you to sign in with your Ethereum account:\n0x00",
        ] {
            let refusal = read_message(text, &audience, NOW);
            assert!(
                matches!(refusal, Err(SignInError::Malformed(_))),
                "{text:?}: {refusal:?}"
            );
        }
    }

    #[test]
    fn audience_needs_a_web_address() {
        assert!(Audience::new("localhost:8080", 1).is_err());
        assert!(Audience::new("https://", 1).is_err());
        assert_eq!(
            Audience::new("https://assay.example/app/", 1)
                .unwrap()
                .domain,
            "assay.example"
        );
    }
}
