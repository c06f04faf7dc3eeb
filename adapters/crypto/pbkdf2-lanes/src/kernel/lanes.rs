//! Many streams, a lane of the vector registers each: what the kernels for AVX2 and AVX-512 have in common.

/// The compression and the loop over it, for vectors of so many lanes. Where it is called there are, for the vector's
/// type `V` and compiled for the same features: `splat`, `add`, `xor`, `big0`, `big1`, `small0`, `small1` (the sigmas of
/// FIPS 180-4, section 4.1.2), `choose`, `majority`, `load` and `store`.
macro_rules! lanes {
    ($features:literal, $lanes:literal) => {
        /// How many streams advance at a time.
        pub(super) const LANES: usize = $lanes;

        /// One of eight words, of every lane.
        type Word = [u32; LANES];

        /// A round, but that the variables are renamed instead of moved: what becomes the new `a` is in `h`, the new
        /// `e` in `d`.
        macro_rules! round {
            ($a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident, $word:expr) => {
                $h = add(add($h, $word), add(big1($e), choose($e, $f, $g)));
                $d = add($d, $h);
                $h = add($h, add(big0($a), majority($a, $b, $c)));
            };
        }

        /// The compression of a block that is a digest and its padding, in the place of the digest.
        #[inline(never)]
        #[target_feature(enable = $features)]
        fn compress(key: &[V; 8], digest: &mut [V; 8]) {
            let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *key;
            let [mut w0, mut w1, mut w2, mut w3, mut w4, mut w5, mut w6, mut w7] = *digest;

            round!(a, b, c, d, e, f, g, h, add(w0, splat(K[0])));
            round!(h, a, b, c, d, e, f, g, add(w1, splat(K[1])));
            round!(g, h, a, b, c, d, e, f, add(w2, splat(K[2])));
            round!(f, g, h, a, b, c, d, e, add(w3, splat(K[3])));
            round!(e, f, g, h, a, b, c, d, add(w4, splat(K[4])));
            round!(d, e, f, g, h, a, b, c, add(w5, splat(K[5])));
            round!(c, d, e, f, g, h, a, b, add(w6, splat(K[6])));
            round!(b, c, d, e, f, g, h, a, add(w7, splat(K[7])));
            round!(a, b, c, d, e, f, g, h, splat(const { K[8].wrapping_add(END) }));
            round!(h, a, b, c, d, e, f, g, splat(K[9]));
            round!(g, h, a, b, c, d, e, f, splat(K[10]));
            round!(f, g, h, a, b, c, d, e, splat(K[11]));
            round!(e, f, g, h, a, b, c, d, splat(K[12]));
            round!(d, e, f, g, h, a, b, c, splat(K[13]));
            round!(c, d, e, f, g, h, a, b, splat(K[14]));
            round!(b, c, d, e, f, g, h, a, splat(const { K[15].wrapping_add(LENGTH) }));

            // Words 16 to 31, as far as words 8 to 15 are not zero.
            w0 = add(w0, small0(w1));
            w1 = add(add(w1, small0(w2)), splat(const { sigma1(LENGTH) }));
            w2 = add(add(w2, small0(w3)), small1(w0));
            w3 = add(add(w3, small0(w4)), small1(w1));
            w4 = add(add(w4, small0(w5)), small1(w2));
            w5 = add(add(w5, small0(w6)), small1(w3));
            w6 = add(add(w6, small0(w7)), add(splat(LENGTH), small1(w4)));
            w7 = add(add(w7, splat(const { sigma0(END) })), add(w0, small1(w5)));
            let mut w8 = add(splat(END), add(w1, small1(w6)));
            let mut w9 = add(w2, small1(w7));
            let mut w10 = add(w3, small1(w8));
            let mut w11 = add(w4, small1(w9));
            let mut w12 = add(w5, small1(w10));
            let mut w13 = add(w6, small1(w11));
            let mut w14 = add(splat(const { sigma0(LENGTH) }), add(w7, small1(w12)));
            let mut w15 = add(add(splat(LENGTH), small0(w0)), add(w8, small1(w13)));

            /// Sixteen rounds with the words that there are.
            macro_rules! rounds {
                ($k:expr) => {
                    let k: &[u32; 16] = $k;
                    round!(a, b, c, d, e, f, g, h, add(w0, splat(k[0])));
                    round!(h, a, b, c, d, e, f, g, add(w1, splat(k[1])));
                    round!(g, h, a, b, c, d, e, f, add(w2, splat(k[2])));
                    round!(f, g, h, a, b, c, d, e, add(w3, splat(k[3])));
                    round!(e, f, g, h, a, b, c, d, add(w4, splat(k[4])));
                    round!(d, e, f, g, h, a, b, c, add(w5, splat(k[5])));
                    round!(c, d, e, f, g, h, a, b, add(w6, splat(k[6])));
                    round!(b, c, d, e, f, g, h, a, add(w7, splat(k[7])));
                    round!(a, b, c, d, e, f, g, h, add(w8, splat(k[8])));
                    round!(h, a, b, c, d, e, f, g, add(w9, splat(k[9])));
                    round!(g, h, a, b, c, d, e, f, add(w10, splat(k[10])));
                    round!(f, g, h, a, b, c, d, e, add(w11, splat(k[11])));
                    round!(e, f, g, h, a, b, c, d, add(w12, splat(k[12])));
                    round!(d, e, f, g, h, a, b, c, add(w13, splat(k[13])));
                    round!(c, d, e, f, g, h, a, b, add(w14, splat(k[14])));
                    round!(b, c, d, e, f, g, h, a, add(w15, splat(k[15])));
                };
            }
            /// The next word of the schedule, from the words 16, 15, 7 and 2 before it, in place of the first of them.
            macro_rules! next {
                ($w16:ident, $w15:ident, $w7:ident, $w2:ident) => {
                    $w16 = add(add($w16, small0($w15)), add($w7, small1($w2)));
                };
            }

            let (k, _) = K.as_chunks::<16>();
            let [_, second, rest @ ..] = k else { return };
            rounds!(second);
            for k in rest {
                next!(w0, w1, w9, w14);
                next!(w1, w2, w10, w15);
                next!(w2, w3, w11, w0);
                next!(w3, w4, w12, w1);
                next!(w4, w5, w13, w2);
                next!(w5, w6, w14, w3);
                next!(w6, w7, w15, w4);
                next!(w7, w8, w0, w5);
                next!(w8, w9, w1, w6);
                next!(w9, w10, w2, w7);
                next!(w10, w11, w3, w8);
                next!(w11, w12, w4, w9);
                next!(w12, w13, w5, w10);
                next!(w13, w14, w6, w11);
                next!(w14, w15, w7, w12);
                next!(w15, w0, w8, w13);
                rounds!(k);
            }

            for ((word, state), key) in digest.iter_mut().zip([a, b, c, d, e, f, g, h]).zip(key) {
                *word = add(state, *key);
            }
        }

        /// The words of every stream, a lane each. Lanes without a stream work on zeros.
        #[target_feature(enable = $features)]
        fn gather(
            vectors: &mut [V; 8],
            through: &mut [Word; 8],
            streams: &[&mut Stream],
            words: fn(&Stream) -> &Words,
        ) {
            *through = [[0; LANES]; 8];
            for (lane, stream) in streams.iter().enumerate() {
                for (of_lanes, word) in through.iter_mut().zip(words(stream)) {
                    if let Some(place) = of_lanes.get_mut(lane) {
                        *place = *word;
                    }
                }
            }
            for (vector, word) in vectors.iter_mut().zip(through) {
                *vector = load(word);
            }
        }

        /// Gives each stream its lane of the words.
        #[target_feature(enable = $features)]
        fn scatter(
            vectors: &[V; 8],
            through: &mut [Word; 8],
            streams: &mut [&mut Stream],
            words: fn(&mut Stream) -> &mut Words,
        ) {
            for (word, vector) in through.iter_mut().zip(vectors) {
                store(*vector, word);
            }
            for (lane, stream) in streams.iter_mut().enumerate() {
                for (word, of_lanes) in words(stream).iter_mut().zip(through.iter()) {
                    *word = of_lanes.get(lane).copied().unwrap_or_default();
                }
            }
        }

        #[target_feature(enable = $features)]
        fn advance_all(streams: &mut [&mut Stream], iterations: u32) {
            let mut through = Zeroizing::new([[0; LANES]; 8]);
            let [mut inner, mut outer, mut last, mut sum] = [(); 4].map(|()| Zeroizing::new([splat(0); 8]));
            gather(&mut inner, &mut through, streams, |stream| &stream.key.inner);
            gather(&mut outer, &mut through, streams, |stream| &stream.key.outer);
            gather(&mut last, &mut through, streams, |stream| &stream.last);
            gather(&mut sum, &mut through, streams, |stream| &stream.sum);
            for _ in 0..iterations {
                compress(&inner, &mut last);
                compress(&outer, &mut last);
                for (sum, last) in sum.iter_mut().zip(last.iter()) {
                    *sum = xor(*sum, *last);
                }
            }
            scatter(&last, &mut through, streams, |stream| &mut stream.last);
            scatter(&sum, &mut through, streams, |stream| &mut stream.sum);
        }

        /// So many iterations of each stream, of which there are at most [`LANES`].
        ///
        /// # Safety
        /// [`is_available`] has said yes.
        pub(super) unsafe fn advance(streams: &mut [&mut Stream], iterations: u32) {
            // SAFETY: the caller has seen that the processor has what the function is compiled for.
            unsafe { advance_all(streams, iterations) }
        }
    };
}

pub(super) use lanes;
