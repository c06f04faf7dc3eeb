//! What the configuration of a coded picture (`av1C`, AV1 in ISOBMFF, 2.3) repeats of the picture: most programs leave it
//! empty behind its first four bytes, some (FFmpeg) put the sequence header there, with the largest frame in it.

use super::Head;

const FIXED: usize = 4;

/// `OBU_SEQUENCE_HEADER` (AV1 specification, 6.2.2).
const SEQUENCE_HEADER: u8 = 1;

/// The largest frame of the picture; `None` where it is not said.
pub(super) fn largest_frame(configuration: &[u8]) -> Option<(u32, u32)> {
    let mut head = Head::new(configuration);
    head.take(FIXED).ok()?;
    loop {
        let [header] = head.array().ok()?;
        let (has_extension, has_size) = (header & 4 != 0, header & 2 != 0);
        if has_extension {
            head.take(1).ok()?;
        }
        // Units of this box have to say how long they are.
        let size = has_size.then(|| leb128(&mut head)).flatten()?;
        let unit = head.take(size).ok()?;
        if header >> 3 & 15 == SEQUENCE_HEADER {
            return frame_size(&mut Bits { bytes: unit, read: 0 });
        }
    }
}

/// 4.10.5: seven bits in each byte, the lowest first.
fn leb128(head: &mut Head<'_>) -> Option<usize> {
    let mut value = 0;
    for place in 0..8 {
        let [byte] = head.array().ok()?;
        value |= u64::from(byte & 0x7f) << (place * 7);
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

/// 5.5.1, up to `max_frame_height_minus_1`.
fn frame_size(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    let _profile_and_still_picture = bits.number(4)?;
    let reduced_still_picture_header = bits.flag()?;
    if reduced_still_picture_header {
        let _level = bits.number(5)?;
    } else {
        operating_points(bits)?;
    }
    let width_bits = bits.number(4)? + 1;
    let height_bits = bits.number(4)? + 1;
    Some((bits.number(width_bits)? + 1, bits.number(height_bits)? + 1))
}

fn operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    let timing_info_present = bits.flag()?;
    if timing_info_present {
        let _ticks = (bits.number(32)?, bits.number(32)?);
        let equal_picture_interval = bits.flag()?;
        if equal_picture_interval {
            bits.skip_uvlc()?;
        }
        let decoder_model_info_present = bits.flag()?;
        if decoder_model_info_present {
            delay_bits = Some(bits.number(5)? + 1);
            let _decoding_tick = bits.number(32)?;
            let _lengths_of_times = bits.number(10)?;
        }
    }
    let display_delay_present = bits.flag()?;
    let count = bits.number(5)? + 1;
    for _ in 0..count {
        let _idc = bits.number(12)?;
        let level = bits.number(5)?;
        if level > 7 {
            let _tier = bits.flag()?;
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            let _delays = (bits.number(delay_bits)?, bits.number(delay_bits)?);
            let _low_delay_mode = bits.flag()?;
        }
        if display_delay_present && bits.flag()? {
            let _display_delay = bits.number(4)?;
        }
    }
    Some(())
}

/// The highest bit of each byte comes first.
struct Bits<'a> {
    bytes: &'a [u8],
    read: usize,
}

impl Bits<'_> {
    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.read / 8)?;
        let bit = byte >> (7 - self.read % 8) & 1;
        self.read += 1;
        Some(bit == 1)
    }

    /// Of up to 32 bits.
    fn number(&mut self, bits: u32) -> Option<u32> {
        let mut number = 0;
        for _ in 0..bits {
            number = number << 1 | u32::from(self.flag()?);
        }
        Some(number)
    }

    /// 4.10.3: as many zeros as there are bits behind the one that ends them.
    fn skip_uvlc(&mut self) -> Option<()> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        // The largest value has no more bits.
        if zeros < 32 {
            self.number(zeros)?;
        }
        Some(())
    }
}
