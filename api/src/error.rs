//! The one error envelope, and the one place where an error becomes an HTTP status.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use assay_store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Result of a route.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// What a route can answer instead of what was asked for.
#[derive(Debug)]
pub enum ApiError {
    /// A field of the request is not acceptable.
    Invalid {
        /// The parameter or field.
        field: &'static str,
        /// What is wrong with it, with expected and got.
        message: String,
    },
    /// The thing asked for does not exist, or is not indexed yet.
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// The name that was asked for.
        id: String,
    },
    /// No valid token or signature.
    Unauthorized(String),
    /// A blob's bytes are not what its digest says.
    DigestMismatch {
        /// The digest in the path.
        expected: String,
        /// The digest of the bytes that came.
        got: String,
    },
    /// The body is larger than its limit.
    TooLarge {
        /// The parameter or field.
        field: &'static str,
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// Too many requests from one address, or too many open at once.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// When to come back.
        retry_after_secs: u64,
    },
    /// The chain's node cannot be reached.
    ChainUnavailable(String),
    /// A stored blob no longer has its digest.
    Damaged(String),
    /// Something of ours is broken; the client learns no details, the log has them.
    Internal(anyhow::Error),
}

impl ApiError {
    /// Returns an error about one field.
    pub fn invalid(field: &'static str, message: impl fmt::Display) -> Self {
        Self::Invalid {
            field,
            message: message.to_string(),
        }
    }

    /// Returns an error about a missing thing.
    pub fn not_found(what: &'static str, id: impl fmt::Display) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    /// Returns the status, the code and the field of the envelope.
    fn classify(&self) -> (StatusCode, &'static str, Option<&'static str>) {
        match self {
            Self::Invalid { field, .. } => (StatusCode::BAD_REQUEST, "invalid", Some(field)),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found", None),
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "unauthorized", None),
            Self::DigestMismatch { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "digest_mismatch",
                Some("digest"),
            ),
            Self::TooLarge { field, .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", Some(field))
            }
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many", None),
            Self::ChainUnavailable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "chain_unavailable", None)
            }
            Self::Damaged(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "blob_damaged",
                Some("digest"),
            ),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", None),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { message, .. } => f.write_str(message),
            Self::NotFound { what, id } => write!(f, "no {what} {id} is known"),
            Self::Unauthorized(message) => f.write_str(message),
            Self::DigestMismatch { expected, got } => {
                write!(f, "expected bytes with sha-256 {expected}, got {got}")
            }
            Self::TooLarge { limit_bytes, .. } => write!(f, "expected at most {limit_bytes} bytes"),
            Self::TooMany {
                what,
                limit,
                retry_after_secs,
            } => {
                write!(
                    f,
                    "expected at most {limit} {what}, try again in {retry_after_secs} s"
                )
            }
            Self::ChainUnavailable(message) => {
                write!(f, "the chain's node did not answer: {message}")
            }
            Self::Damaged(digest) => {
                write!(f, "the stored bytes no longer have the sha-256 {digest}")
            }
            Self::Internal(_) => f.write_str("something went wrong on our side"),
        }
    }
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: ErrorBody,
}

/// The content of the envelope.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// A stable word for programs.
    #[schema(example = "invalid")]
    pub code: String,
    /// A sentence for people, with what was expected and what came.
    pub message: String,
    /// The parameter or field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.classify().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code, field) = self.classify();
        match self {
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "request failed")
            }
            Self::Damaged(digest) => tracing::error!(digest, "stored blob is damaged"),
            _ => {}
        }
        let mut response = HttpResponse::build(status);
        if let Self::TooMany {
            retry_after_secs, ..
        } = self
        {
            response.insert_header((header::RETRY_AFTER, retry_after_secs.to_string()));
        }
        if let Self::Unauthorized(_) = self {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(ErrorEnvelope {
            error: ErrorBody {
                code: code.into(),
                message: self.to_string(),
                field: field.map(Into::into),
            },
        })
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(error.into())
    }
}
