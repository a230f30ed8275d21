//! What each metric of this crate says.

use metrics::describe_counter;

/// Tells the process's recorder; call it once it is installed.
pub fn describe() {
    describe_counter!("auterity_identity_signups_total", "Sign-ups verified");
    describe_counter!(
        "auterity_identity_sign_ins_failed_total",
        "Sign-ins refused because something was wrong"
    );
    describe_counter!(
        "auterity_identity_sign_ins_throttled_total",
        "Sign-ins refused because too many had failed"
    );
    describe_counter!(
        "auterity_identity_sign_ins_slowed_total",
        "Sign-ins that had to wait because the account was being guessed at"
    );
    describe_counter!(
        "auterity_identity_bounds_refused_total",
        "Letters and sign-ups refused because there had been too many"
    );
    describe_counter!(
        "auterity_identity_refresh_reused_total",
        "Sessions ended because a refresh token came back"
    );
}
