//! Numbers out of many numbers.

use std::time::Duration;

/// The value that so many of a hundred do not exceed.
pub(crate) fn percentile(values: &mut [Duration], percent: usize) -> Duration {
    values.sort_unstable();
    let place = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(place).copied().unwrap_or_default()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_there_are() {
        let mut values: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let mut at = |percent| percentile(&mut values, percent).as_millis();
        assert_eq!([at(50), at(99), at(100), at(0)], [100, 198, 200, 1]);
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
        assert_eq!(percentile(&mut [Duration::from_millis(7)], 50).as_millis(), 7);
    }

    #[test]
    fn a_median_stands_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
