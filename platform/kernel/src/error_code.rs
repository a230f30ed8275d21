//! The one table of error codes: status, title and meaning of each.

macro_rules! error_codes {
    ($( $name:ident $code:literal $status:literal $title:literal $doc:literal; )+) => {
        /// A machine-readable reason, part of every problem document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $( #[doc = $doc] $name, )+ }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &[ErrorCode] = &[$( ErrorCode::$name, )+];

            /// The word in the problem document's `code`.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $code, )+ }
            }

            /// The HTTP status that goes with the code.
            pub fn status(self) -> u16 {
                match self { $( Self::$name => $status, )+ }
            }

            /// The problem document's `title`.
            pub fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )+ }
            }

            /// What the code means and what to do about it.
            pub fn doc(self) -> &'static str {
                match self { $( Self::$name => $doc, )+ }
            }
        }
    };
}

error_codes! {
    BadRequest "bad_request" 400 "The request is not well formed" "The request could not be read; `detail` says where.";
    MalformedJson "malformed_json" 400 "The body is not valid JSON" "The body could not be parsed; `detail` gives line and column.";
    ValidationFailed "validation_failed" 422 "Some fields are not valid" "`errors` names each field by JSON pointer.";
    Unauthenticated "unauthenticated" 401 "Sign in first" "The request carries no valid access token.";
    TokenExpired "token_expired" 401 "The access token has expired" "Refresh the access token and repeat the request.";
    SignatureInvalid "signature_invalid" 401 "The signature does not match" "Sign the body as the trigger's configuration says, with its secret.";
    InvalidCredentials "invalid_credentials" 401 "Dealership, e-mail or password is wrong" "No such sign-in. The answer is the same whichever part is wrong.";
    InvalidToken "invalid_token" 400 "The link is not valid any more" "A one-time token that is unknown, used or expired; ask for a new one.";
    RefreshReused "refresh_reused" 401 "This session was ended" "A refresh token was used twice; the session it belongs to has been revoked. Sign in again.";
    CsrfRequired "csrf_required" 403 "The request lacks its CSRF header" "Requests that use the refresh cookie must carry `X-Auterity-Csrf: 1`.";
    Forbidden "forbidden" 403 "Not allowed" "Your role does not have the permission that this operation needs.";
    TenantSuspended "tenant_suspended" 403 "This dealership is suspended" "The dealership's access is suspended; ask Auterity's support.";
    TenantNotReady "tenant_not_ready" 503 "This dealership is being set up" "Provisioning has not finished; try again in a moment.";
    NotFound "not_found" 404 "Not found" "There is no such thing, or you may not know of it.";
    TenantNotFound "tenant_not_found" 404 "No such dealership" "The host or the token names no dealership, or they name different ones.";
    MethodNotAllowed "method_not_allowed" 405 "Method not allowed" "The path exists, but not with this method.";
    Conflict "conflict" 409 "The request conflicts with the current state" "Read the current state and try again.";
    AlreadyExists "already_exists" 409 "It exists already" "Something with the same unique value exists.";
    DraftConflict "draft_conflict" 409 "The draft was changed by someone else" "Load the newer draft and apply your change to it.";
    WorkflowArchived "workflow_archived" 409 "The workflow is archived" "Unarchive the workflow first.";
    WorkflowNotPublished "workflow_not_published" 409 "The workflow is not published" "Publish a version before running it.";
    LastAdmin "last_admin" 409 "The last admin must stay" "A dealership keeps at least one active dealership admin.";
    ExecutionEnded "execution_ended" 409 "The run has already ended" "Only a run that has not ended can be changed.";
    ApprovalDecided "approval_decided" 409 "It has been decided" "Somebody decided, or the time for it was over; `detail` says what happened. A decision is made once.";
    ApprovalClaimed "approval_claimed" 409 "Somebody else has claimed it" "`detail` names who; they decide, or release it, or somebody who may assign decisions does.";
    DefinitionInvalid "definition_invalid" 422 "The workflow has errors" "`errors` holds every finding with its JSON pointer.";
    IdempotencyMismatch "idempotency_mismatch" 422 "The idempotency key was used for another request" "Use a new key for a new request.";
    IdempotencyInProgress "idempotency_in_progress" 409 "The first request with this key is still running" "Wait and repeat the request with the same key.";
    RequestTimeout "request_timeout" 408 "The body came too slowly" "The whole body must arrive within half a minute.";
    PayloadTooLarge "payload_too_large" 413 "The body is too large" "`detail` gives the limit.";
    UnsupportedMediaType "unsupported_media_type" 415 "Unsupported media type" "Send the media type that the operation documents.";
    RateLimited "rate_limited" 429 "Too many requests" "Wait for the seconds that `Retry-After` gives.";
    BacklogFull "backlog_full" 429 "Too much work is waiting" "More runs wait to begin than this dealership may have; come again after the seconds that `Retry-After` gives.";
    Internal "internal" 500 "Something went wrong on our side" "The cause is in our log under the request id.";
    Unavailable "unavailable" 503 "Temporarily unavailable" "A part that this request needs is down; try again after `Retry-After` seconds.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let words: HashSet<_> = ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(words.len(), ErrorCode::ALL.len());
        assert!(
            ErrorCode::ALL
                .iter()
                .all(|c| (400..600).contains(&c.status()))
        );
    }
}
