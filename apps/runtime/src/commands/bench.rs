//! `auth-service hashes bench`: what hashing costs on this machine, and how many iterations a time allows.

use super::{Command, CommandError};
use crate::settings::Settings;
use clap::{Arg, ArgMatches, value_parser};
use hexad_crypto::{MAX_ITERATIONS, MIN_ITERATIONS};
use pbkdf2_lanes::{Cost, Costs, Kernel};
use std::{
    fmt::{self, Display},
    io::{self, Write},
};

const BUDGET: &str = "budget-ms";

/// What is measured: a third of a second in all, in turns, of which the shortest count. They are so short that some of
/// them pass undisturbed on a busy machine.
const ITERATIONS: u32 = 2_000;
const ROUNDS: usize = 100;

/// What iterations are rounded down to.
const ROUND: u32 = 1_000;

pub(crate) const BENCH: Command = Command {
    group: "hashes",
    group_about: "Looks after password hashes",
    name: "bench",
    about: "Shows what hashing a password costs on this machine, and the iterations that a time allows",
    flags: |command| {
        let help = "How long hashing a lone password may take, in milliseconds";
        let budget = Arg::new(BUDGET).long(BUDGET).value_name("MILLISECONDS").default_value("100").help(help);
        command.arg(budget.value_parser(value_parser!(u32).range(1..=60_000)))
    },
    run: |settings, flags| Box::pin(run(settings, flags)),
};

async fn run(settings: &Settings, flags: &ArgMatches) -> Result<(), CommandError> {
    let measure = || Costs::measure_at_length(&Kernel::available(), ITERATIONS, ROUNDS);
    let costs = tokio::task::spawn_blocking(measure).await.map_err(io::Error::other)?;
    let report = Report {
        costs: &costs,
        iterations: settings.password_iterations,
        budget: flags.get_one(BUDGET).copied().unwrap_or_default(),
    };
    Ok(write!(io::stdout(), "{report}")?)
}

struct Report<'a> {
    costs: &'a Costs,
    iterations: u32,
    /// Milliseconds.
    budget: u32,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |cost: &Cost| cost.step * f64::from(self.iterations) * 1_000.0;
        let each = |cost: &Cost| millis(cost) / cost.kernel.lanes() as f64;
        writeln!(f, "PBKDF2-HMAC-SHA256, {} iterations, on one core of this machine:\n", self.iterations)?;
        writeln!(f, "{:12} {:>9} {:>13} {:>14}", "kernel", "at a time", "ms for these", "ms a password")?;
        for cost in self.costs.all() {
            let (name, lanes) = (cost.kernel.name(), cost.kernel.lanes());
            writeln!(f, "{name:12} {lanes:>9} {:>13.1} {:>14.1}", millis(cost), each(cost))?;
        }
        let find = |passwords| {
            let chosen = self.costs.choose(passwords);
            self.costs.all().iter().find(|cost| cost.kernel == chosen)
        };
        let (Some(lone), Some(many)) = (find(1), find(usize::MAX)) else { return Ok(()) };
        writeln!(
            f,
            "\nA lone password takes {:.1} ms ({}). Where many wait, {} are hashed at a time in {:.1} ms ({}): \
             {:.0} a second and core.",
            millis(lone),
            lone.kernel,
            many.kernel.lanes(),
            millis(many),
            many.kernel,
            1_000.0 / each(many),
        )?;
        let allowed = (f64::from(self.budget) / 1_000.0 / lone.step) as u32 / ROUND * ROUND;
        let bounds = match allowed {
            0..MIN_ITERATIONS => {
                format!(", fewer than the {MIN_ITERATIONS} that PASSWORD_ITERATIONS has to be")
            }
            MIN_ITERATIONS..=MAX_ITERATIONS => String::new(),
            _ => format!(", more than the {MAX_ITERATIONS} that PASSWORD_ITERATIONS may be"),
        };
        writeln!(f, "A lone password in {} ms: {allowed} iterations{bounds}.", self.budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The portable kernel at a microsecond for an iteration.
    fn report(budget: u32) -> String {
        let costs = Costs::new(vec![Cost { kernel: Kernel::PORTABLE, step: 1e-6 }]);
        Report { costs: &costs, iterations: 600_000, budget }.to_string()
    }

    #[test]
    fn a_row_for_each_kernel() {
        let text = report(100);
        let row = text.lines().find(|line| line.starts_with("portable")).unwrap();
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["portable", "1", "600.0", "600.0"]);
    }

    #[test]
    fn the_iterations_that_a_time_allows() {
        assert!(report(250).ends_with("A lone password in 250 ms: 250000 iterations.\n"), "{}", report(250));
        assert!(report(99).contains("99000 iterations, fewer than the 100000"));
        assert!(report(60_000).contains("60000000 iterations, more than the 10000000"));
    }
}
