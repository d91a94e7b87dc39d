//! What came out: a line each, a Markdown table, and a plot.

use std::fmt::Write as _;
use std::time::Duration;

/// One comparison.
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) peer: String,
    /// The aim for the ratio, if there is one.
    pub(crate) aim: Option<f64>,
    ours: Vec<f64>,
    theirs: Vec<f64>,
    /// What else was compared.
    pub(crate) note: String,
}

impl Line {
    pub(crate) fn new(
        what: &str,
        peer: &str,
        aim: Option<f64>,
        ours: &[Duration],
        theirs: &[Duration],
    ) -> Self {
        let ms = |times: &[Duration]| times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        Self {
            what: what.to_owned(),
            peer: peer.to_owned(),
            aim,
            ours: ms(ours),
            theirs: ms(theirs),
            note: String::new(),
        }
    }

    /// The ratio of the medians.
    fn ratio(&self) -> f64 {
        at(&self.ours, 0.5) / at(&self.theirs, 0.5)
    }

    /// The least and the largest ratio of two runs one after the other.
    fn spread(&self) -> (f64, f64) {
        let ratios: Vec<f64> = self
            .ours
            .iter()
            .zip(&self.theirs)
            .map(|(ours, theirs)| ours / theirs)
            .collect();
        (at(&ratios, 0.0), at(&ratios, 1.0))
    }

    fn cells(&self) -> [String; 9] {
        let (least, largest) = self.spread();
        let aim = self.aim.map_or(String::new(), |aim| {
            let met = if self.ratio() <= aim { "" } else { ", missed" };
            let aim = format!("{aim:.3}");
            let aim = aim.trim_end_matches('0').trim_end_matches('.');
            format!("{aim}×{met}")
        });
        [
            self.what.clone(),
            self.peer.clone(),
            format!("{:.1} ms", at(&self.ours, 0.5)),
            format!("{:.1} ms", at(&self.ours, 0.99)),
            format!("{:.1} ms", at(&self.theirs, 0.5)),
            format!("{:.2}×", self.ratio()),
            format!("{least:.2}–{largest:.2}×"),
            aim,
            self.note.clone(),
        ]
    }
}

const HEAD: [&str; 9] = [
    "hive", "against", "median", "p99", "theirs", "ratio", "spread", "aim", "",
];

/// The lines as a Markdown table.
pub(crate) fn markdown(lines: &[Line]) -> String {
    let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), "---|".repeat(HEAD.len()));
    for line in lines {
        let _ = writeln!(text, "| {} |", line.cells().join(" | "));
    }
    text
}

/// One line for a terminal.
pub(crate) fn plain(line: &Line) -> String {
    let [what, peer, median, _, theirs, ratio, spread, aim, note] = line.cells();
    format!(
        "{what:<38} {peer:<26} {median:>11} {theirs:>11} {ratio:>7} {spread:>14} {aim:>14} {note}"
    )
}

/// Ratios as bars, to the logarithm: what is left of the line at 1 is faster than the peer.
pub(crate) fn plot(lines: &[Line]) -> String {
    const ROW: f64 = 22.0;
    const LEFT: f64 = 420.0;
    const WIDTH: f64 = 420.0;
    // From a hundredth to ten times.
    let x = |ratio: f64| LEFT + WIDTH * (ratio.clamp(0.01, 10.0).log10() + 2.0) / 3.0;
    let height = ROW * (lines.len() as f64 + 2.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{height:.0}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>text{{fill:#57606a}}.bar{{fill:#2da44e}}.slow{{fill:#bf8700}}.axis{{stroke:#8c959f}}\
         .aim{{stroke:#cf222e;stroke-width:2}}</style>\n",
        LEFT + WIDTH + 70.0
    );
    for tick in [0.01, 0.1, 1.0, 10.0] {
        let at = x(tick);
        let _ = writeln!(
            text,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{ROW}\" y2=\"{:.1}\"/>\
             <text x=\"{at:.1}\" y=\"14\" text-anchor=\"middle\">{tick}×</text>",
            height - ROW / 2.0
        );
    }
    for (row, line) in lines.iter().enumerate() {
        let top = ROW * (row as f64 + 1.3);
        let (from, to) = (x(line.ratio()).min(x(1.0)), x(line.ratio()).max(x(1.0)));
        let class = if line.ratio() <= 1.0 { "bar" } else { "slow" };
        let _ = writeln!(
            text,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{} / {}</text>\
             <rect class=\"{class}\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"12\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{:.2}×</text>",
            LEFT - 8.0,
            top + 10.0,
            line.what,
            line.peer,
            to - from,
            to + 4.0,
            top + 10.0,
            line.ratio()
        );
        if let Some(aim) = line.aim {
            let _ = writeln!(
                text,
                "<line class=\"aim\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.1}\" y2=\"{2:.1}\"/>",
                x(aim),
                top - 2.0,
                top + 14.0
            );
        }
    }
    text.push_str("</svg>\n");
    text
}

/// The value below which a share of them lies (nearest rank).
fn at(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank in a short list"
    )]
    let rank = ((values.len() as f64 * share).ceil() as usize).max(1) - 1;
    values.get(rank).copied().unwrap_or(f64::NAN)
}
