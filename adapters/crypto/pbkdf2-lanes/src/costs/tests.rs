use super::*;

#[test]
fn what_is_measured_is_a_time_for_each_kernel() {
    let costs = Costs::of_this_machine();
    assert_eq!(costs.all().len(), Kernel::available().len());
    for cost in costs.all() {
        assert!(cost.step > 0.0 && cost.step < 0.01, "{cost:?}");
    }
}

#[test]
fn without_kernels_there_is_the_portable_one() {
    assert_eq!(Costs::measure(&[]).choose(100), Kernel::PORTABLE);
    assert_eq!(Costs::new(vec![]).choose(1), Kernel::PORTABLE);
}

/// What is chosen for 1, 2, 3 … derivations.
fn chosen(lanes_and_steps: &[(usize, f64)], derivations: impl Iterator<Item = usize>) -> Vec<usize> {
    derivations.map(|count| pick(lanes_and_steps.iter().copied(), count).unwrap()).collect()
}

/// Steps in cycles of a block, as they were measured on a Zen 3.
#[test]
fn where_the_sha_unit_is_fast_two_lanes_beat_eight() {
    let portable_one_two_avx2 = [(1, 150.0), (1, 125.0), (2, 134.0), (8, 1_300.0)];
    assert_eq!(chosen(&portable_one_two_avx2, 0..=9), [1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(chosen(&portable_one_two_avx2, [1_000].into_iter()), [2]);
}

/// As they were measured on an Intel Xeon with AVX-512.
#[test]
fn where_vectors_are_wide_they_are_chosen_when_there_is_enough_to_fill_them() {
    let portable_one_two_avx2_half_full =
        [(1, 160.0), (1, 140.0), (2, 224.0), (8, 1_160.0), (8, 540.0), (16, 780.0)];
    assert_eq!(
        chosen(&portable_one_two_avx2_half_full, 1..=16),
        [1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5]
    );
}

/// Without SHA instructions there is no other gain to be had than that of the vectors.
#[test]
fn without_sha_instructions_a_lone_one_is_left_to_the_portable_kernel() {
    let portable_avx2 = [(1, 900.0), (8, 1_300.0)];
    assert_eq!(chosen(&portable_avx2, 1..=4), [0, 1, 1, 1]);
}

#[test]
fn a_small_gain_is_not_worth_more_lanes() {
    assert_eq!(chosen(&[(1, 100.0), (2, 190.0)], [2].into_iter()), [0]);
    assert_eq!(chosen(&[(1, 100.0), (1, 99.0)], [1].into_iter()), [1], "but it is at the same");
}
