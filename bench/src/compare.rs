//! Contenders take turns, round by round, so that a machine that speeds up or slows down does so for
//! all of them. A ratio is the median of the rounds' own ratios.

use anyhow::Result;

use crate::contender::Contender;
use crate::jobs::{Grows, Job};
use crate::launcher::Cost;
use crate::limits::{Growth, Limit};
use crate::stage::Stage;

/// What a row of the limits cost, and what others cost beside it.
pub struct Row {
    pub limit: &'static Limit,
    pub ours: Cost,
    pub beside: Vec<Beside>,
}

/// What a rival cost.
pub struct Beside {
    pub rival: &'static str,
    pub cost: Cost,
    /// Our time as a part of its time.
    pub ratio: f64,
}

/// What more to do cost.
pub struct Grown {
    pub limit: &'static Growth,
    pub costs: [Cost; 2],
    /// How many times as long the larger job took.
    pub time: f64,
    pub kib_an_item: f64,
}

/// Compares the contenders of a job.
///
/// # Errors
/// One of them fails, or does not do the job.
pub fn job(stage: &Stage, job: &Job, rounds: usize) -> Result<Vec<Row>> {
    let contenders: Vec<&Contender> = job.ours.iter().map(|(_, ours)| ours).chain(&job.rivals).collect();
    let costs = in_turn(stage, &contenders, rounds.div_ceil(job.every))?;
    let (ours, rivals) = costs.split_at(job.ours.len());
    let rows = job.ours.iter().zip(ours).map(|((limit, _), ours)| {
        let beside = job.rivals.iter().zip(rivals).map(|(rival, costs)| Beside {
            rival: rival.name,
            cost: typical(costs),
            ratio: ratio(ours, costs),
        });
        Row { limit, ours: typical(ours), beside: beside.collect() }
    });
    Ok(rows.collect())
}

/// Compares a job with the same of another size.
///
/// # Errors
/// As [`job`].
pub fn growth(stage: &Stage, grows: &Grows, rounds: usize) -> Result<Grown> {
    let costs = in_turn(stage, &grows.ours.each_ref(), rounds.div_ceil(3))?;
    let time = ratio(&costs[1], &costs[0]);
    let costs = [typical(&costs[0]), typical(&costs[1])];
    #[allow(clippy::cast_precision_loss, reason = "some thousands")]
    let items = (grows.items[1] - grows.items[0]) as f64;
    Ok(Grown { limit: grows.limit, costs, time, kib_an_item: (costs[1].mib - costs[0].mib) * 1024.0 / items })
}

/// The costs of each contender, in the order of the rounds.
fn in_turn(stage: &Stage, contenders: &[&Contender], rounds: usize) -> Result<Vec<Vec<Cost>>> {
    contenders.iter().try_for_each(|contender| stage.check(contender))?;
    let mut costs = vec![Vec::new(); contenders.len()];
    for round in 0..rounds {
        for turn in 0..contenders.len() {
            let who = (round + turn) % contenders.len();
            costs[who].push(stage.run(contenders[who])?);
        }
    }
    Ok(costs)
}

fn ratio(ours: &[Cost], theirs: &[Cost]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours.seconds / theirs.seconds))
}

fn typical(costs: &[Cost]) -> Cost {
    Cost { seconds: median(costs.iter().map(|cost| cost.seconds)), mib: median(costs.iter().map(|cost| cost.mib)) }
}

/// The value in the middle; not a number if there is none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(seconds: [f64; 3]) -> Vec<Cost> {
        seconds.map(|seconds| Cost { seconds, mib: seconds }).into()
    }

    /// The second round was disturbed, and so were both in it.
    #[test]
    #[allow(clippy::float_cmp, reason = "no arithmetic but that of powers of two")]
    fn a_ratio_is_the_median_of_the_rounds_ratios() {
        let (ours, theirs) = (costs([1.0, 8.0, 2.0]), costs([2.0, 16.0, 2.0]));
        assert_eq!(ratio(&ours, &theirs), 0.5);
        assert_eq!(typical(&ours).seconds, 2.0);
        assert!(median(std::iter::empty()).is_nan());
    }
}
