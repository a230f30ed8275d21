use crate::load::Times;

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn print(text: &str) {
    println!("{text}");
}

pub fn head(app: &str) {
    print(&format!("{app}\n"));
    print(&format!(
        "{:<50} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "milliseconds", "count", "p50", "p95", "p99", "max"
    ));
}

/// One measurement; with a goal (percentile, milliseconds at most) it says whether it was held.
pub fn line(what: &str, times: &Times, goal: Option<(f64, f64)>) {
    let goal = goal.map(|(percentile, most)| {
        let held = times.at(percentile) <= most;
        let word = if held { "held" } else { "MISSED" };
        format!("   p{percentile} ≤ {most} ms: {word}")
    });
    print(&format!(
        "{what:<50} {:>6} {:>9.1} {:>9.1} {:>9.1} {:>9.1}{}",
        times.0.len(),
        times.at(50.0),
        times.at(95.0),
        times.at(99.0),
        times.at(100.0),
        goal.unwrap_or_default()
    ));
}

pub fn errors(errors: u32, total: u32) {
    print(&format!(
        "{:<50} {errors:>6} of {total}",
        "  of these, not answered with success"
    ));
}
