//! Random numbers that reproduce: the Mersenne Twister of Python and `NumPy` where a reference used it, and a
//! counter-based generator for everything of our own.

/// MT19937 (Matsumoto and Nishimura 1998).
#[derive(Debug, Clone)]
pub(crate) struct MersenneTwister {
    state: Vec<u32>,
    at: usize,
}

impl MersenneTwister {
    const LENGTH: usize = 624;
    const SHIFT: usize = 397;

    /// As `numpy.random.RandomState(seed)`.
    pub(crate) fn numpy(seed: u32) -> Self {
        let mut state = vec![seed; Self::LENGTH];
        for i in 1..Self::LENGTH {
            let before = state[i - 1];
            state[i] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { state, at: Self::LENGTH }
    }

    /// As `random.Random(seed)` in Python for a seed below 2³².
    pub(crate) fn python(seed: u32) -> Self {
        let mut twister = Self::numpy(19_650_218);
        let state = &mut twister.state;
        let mut i = 1;
        for _ in 0..Self::LENGTH {
            let before = state[i - 1];
            state[i] = (state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525)).wrapping_add(seed);
            i = next_index(state, i);
        }
        for _ in 0..Self::LENGTH - 1 {
            let before = state[i - 1];
            state[i] =
                (state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i = next_index(state, i);
        }
        state[0] = 0x8000_0000;
        twister
    }

    /// 32 random bits.
    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.at == Self::LENGTH {
            self.twist();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// As `random.shuffle` in Python.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u32 + 1);
            items.swap(i, j as usize);
        }
    }

    fn below(&mut self, bound: u32) -> u32 {
        let bits = 32 - bound.leading_zeros();
        loop {
            let drawn = self.next_u32() >> (32 - bits);
            if drawn < bound {
                return drawn;
            }
        }
    }

    fn twist(&mut self) {
        for i in 0..Self::LENGTH {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % Self::LENGTH] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + Self::SHIFT) % Self::LENGTH] ^ (y >> 1) ^ odd;
        }
        self.at = 0;
    }
}

fn next_index(state: &mut [u32], i: usize) -> usize {
    if i + 1 < state.len() {
        return i + 1;
    }
    state[0] = state[state.len() - 1];
    1
}

/// 64 random bits that depend on (seed, stream, counter) alone, whatever was drawn before: rounds of a mixing
/// function (Steele et al. 2014) over each in turn.
pub(crate) fn counter(seed: u64, stream: u64, counter: u64) -> u64 {
    mixed(mixed(mixed(seed) ^ stream) ^ counter)
}

/// An index below `bound` from 64 random bits.
pub(crate) fn index_below(random: u64, bound: usize) -> usize {
    ((u128::from(random) * bound as u128) >> 64) as usize
}

/// A bijection that leaves no bit as it was, more or less.
pub(crate) fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
