//! Tokens: JSON web tokens with one algorithm, one issuer, one audience, and a short life.

use std::fmt;

use assay_market::{Address, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::limits::TOKEN_LIFETIME_SECS;

const ISSUER: &str = "assay-api";

/// Bytes of a secret at least: as many as HMAC-SHA-256 has of strength.
const MIN_SECRET_BYTES: usize = 32;

/// Makes and checks tokens. Its secret is never shown, not even in debugging output.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    audience: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
}

impl Tokens {
    /// Returns tokens for the service at `audience`.
    pub fn new(secret: &[u8], audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            audience: audience.to_owned(),
        }
    }

    /// Makes a token for an address and returns it with the time at which it ends.
    ///
    /// # Errors
    /// If the token cannot be encoded, which plain claims always can.
    pub fn issue(&self, address: Address, now: Timestamp) -> anyhow::Result<(String, Timestamp)> {
        let exp = now.0.saturating_add(TOKEN_LIFETIME_SECS);
        let claims = Claims {
            iss: ISSUER.into(),
            aud: self.audience.clone(),
            sub: address.to_string(),
            iat: now.0,
            exp,
        };
        Ok((
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)?,
            Timestamp(exp),
        ))
    }

    /// Returns whose token it is.
    ///
    /// # Errors
    /// A sentence, if the token is not one of ours or has ended.
    pub fn check(&self, token: &str) -> Result<Address, String> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation);
        let claims = data
            .map_err(|error| format!("the token is not valid: {error}"))?
            .claims;
        if claims.exp.saturating_sub(claims.iat) > TOKEN_LIFETIME_SECS {
            return Err(format!(
                "the token is not valid: it lives longer than {TOKEN_LIFETIME_SECS} s"
            ));
        }
        claims
            .sub
            .parse()
            .map_err(|error| format!("the token is not valid: {error}"))
    }
}

/// Returns the secret of the configuration, or a new one from the operating system.
///
/// # Errors
/// If the secret given cannot be read, is not hex, or is too short. The error never holds the secret.
pub fn load_secret(config: &Config) -> anyhow::Result<Vec<u8>> {
    let text = match (&config.jwt_secret_file, &config.jwt_secret) {
        (Some(path), _) => std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("token secret {}: {error}", path.display()))?,
        (None, Some(text)) => text.clone(),
        (None, None) => {
            let mut secret = vec![0; MIN_SECRET_BYTES];
            OsRng.fill_bytes(&mut secret);
            return Ok(secret);
        }
    };
    let text = text.trim();
    let secret = hex::decode(text.strip_prefix("0x").unwrap_or(text))
        .map_err(|_| anyhow::anyhow!("token secret: expected hex digits"))?;
    if secret.len() < MIN_SECRET_BYTES {
        anyhow::bail!(
            "token secret: expected at least {MIN_SECRET_BYTES} bytes, got {}",
            secret.len()
        );
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::wall_clock;

    const SECRET: [u8; 32] = [7; 32];
    const ALICE: Address = Address([1; 20]);

    fn tokens() -> Tokens {
        Tokens::new(&SECRET, "http://localhost:8080")
    }

    fn forge(algorithm: Algorithm, secret: &[u8], change: impl Fn(&mut Claims)) -> String {
        let now = wall_clock().0;
        let mut claims = Claims {
            iss: ISSUER.into(),
            aud: "http://localhost:8080".into(),
            sub: ALICE.to_string(),
            iat: now,
            exp: now + 60,
        };
        change(&mut claims);
        jsonwebtoken::encode(
            &Header::new(algorithm),
            &claims,
            &EncodingKey::from_secret(secret),
        )
        .unwrap()
    }

    #[test]
    fn token_names_its_address() {
        let (token, ends) = tokens().issue(ALICE, wall_clock()).unwrap();
        assert_eq!(tokens().check(&token), Ok(ALICE));
        assert!(ends.0 <= wall_clock().0 + 900);
        assert_eq!(
            tokens().check(&forge(Algorithm::HS256, &SECRET, |_| {})),
            Ok(ALICE)
        );
    }

    #[test]
    fn foreign_ended_and_bent_tokens_are_refused() {
        let now = wall_clock().0;
        let bent = [
            forge(Algorithm::HS256, &[8; 32], |_| {}),
            forge(Algorithm::HS512, &SECRET, |_| {}),
            forge(Algorithm::HS256, &SECRET, |claims| claims.exp = now - 1),
            forge(Algorithm::HS256, &SECRET, |claims| claims.exp = now + 3_600),
            forge(Algorithm::HS256, &SECRET, |claims| {
                claims.iss = "else".into()
            }),
            forge(Algorithm::HS256, &SECRET, |claims| {
                claims.aud = "http://else".into()
            }),
            forge(Algorithm::HS256, &SECRET, |claims| {
                claims.sub = "0x1".into()
            }),
            // {"alg":"none"} with the claims of a good token and no signature
            format!(
                "eyJhbGciOiJub25lIn0.{}.",
                forge(Algorithm::HS256, &SECRET, |_| {})
                    .split('.')
                    .nth(1)
                    .unwrap()
            ),
            "nonsense".to_owned(),
        ];
        for token in bent {
            assert!(tokens().check(&token).is_err(), "{token}");
        }
    }

    #[test]
    fn secret_is_not_shown() {
        assert!(!format!("{:?}", tokens()).contains('7'));
    }
}
