//! The kernels against the plainest code in double precision, at widths that leave a remainder.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::{BiasGelu, PackedAttention, RelativeBias, ResidualNorm};

/// Numbers that look random and are the same everywhere.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| 3.0 * next()).collect()
}

fn tensor(values: &[f32], shape: &[usize]) -> Tensor {
    Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
}

fn assert_near(found: &Tensor, expected: &[f64], tolerance: f64) {
    let found = found.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*found) - expected).abs() < tolerance, "{index}: {found}, expected {expected}");
    }
}

#[test]
fn gelu_is_the_one_with_the_error_function() {
    // Values of x·Φ(x) to ten digits.
    let known = [
        (-10.0, 0.0),
        (-5.0, -1.433_257_86e-6),
        (-3.0, -0.004_049_694_1),
        (-1.0, -0.158_655_253_9),
        (-0.5, -0.154_268_769_4),
        (0.0, 0.0),
        (0.5, 0.345_731_230_6),
        (1.0, 0.841_344_746_1),
        (3.0, 2.995_950_305_9),
        (10.0, 10.0),
    ];
    let rows: Vec<f32> = known.iter().map(|(x, _)| *x - 0.25).collect();
    let rows = tensor(&rows, &[1, known.len()]);
    rows.inplace_op2(&tensor(&vec![0.25; known.len()], &[known.len()]), &BiasGelu).unwrap();
    let expected: Vec<f64> = known.iter().map(|(_, y)| *y).collect();
    assert_near(&rows, &expected, 2e-6);
}

#[test]
fn norm_centres_and_scales_every_row() {
    for width in [1, 7, 8, 9, 20] {
        let (x, residual, parameters) = (noise(3 * width, 1), noise(3 * width, 2), noise(3 * width, 3));
        let rows = tensor(&x, &[3, width]);
        let op = ResidualNorm { eps: 1e-5 };
        rows.inplace_op3(&tensor(&residual, &[3, width]), &tensor(&parameters, &[3, width]), &op).unwrap();
        let mut expected = Vec::new();
        for row in 0..3 {
            let sum = |i: usize| f64::from(x[row * width + i] + residual[row * width + i] + parameters[i]);
            let mean = (0..width).map(sum).sum::<f64>() / width as f64;
            let variance = (0..width).map(|i| (sum(i) - mean).powi(2)).sum::<f64>() / width as f64;
            expected.extend((0..width).map(|i| {
                let centred = (sum(i) - mean) / (variance + 1e-5).sqrt();
                centred * f64::from(parameters[width + i]) + f64::from(parameters[2 * width + i])
            }));
        }
        assert_near(&rows, &expected, 2e-5);
    }
}

#[test]
fn each_text_attends_to_itself_alone() {
    let lengths = [1, 2, 5, 6, 7, 16, 33, 48];
    let tokens: usize = lengths.iter().sum();
    for (heads, head_dim) in [(1, 4), (2, 16), (3, 20)] {
        let hidden = heads * head_dim;
        let input = noise(tokens * 3 * hidden, 7);
        let farthest = 50;
        let tables = noise(heads * (2 * farthest + 1), 9);
        for bias in [None, Some(RelativeBias { tables: Arc::new(tables), farthest })] {
            let op = PackedAttention { lengths: &lengths, heads, head_dim, bias: bias.as_ref() };
            let found = tensor(&input, &[tokens, 3 * hidden]).apply_op1_no_bwd(&op).unwrap();
            let mut expected = vec![0f64; tokens * hidden];
            let mut first = 0;
            for length in lengths {
                for head in 0..heads {
                    attend(&input, (first, length), (heads, head_dim, head), bias.as_ref(), &mut expected);
                }
                first += length;
            }
            assert_near(&found, &expected, 1e-5);
        }
    }
}

/// Attention by its definition, for one text and head.
fn attend(
    input: &[f32],
    (first, length): (usize, usize),
    (heads, dim, head): (usize, usize, usize),
    bias: Option<&RelativeBias>,
    out: &mut [f64],
) {
    let hidden = heads * dim;
    let at = |token: usize, part: usize, i: usize| {
        f64::from(input[(first + token) * 3 * hidden + part * hidden + head * dim + i])
    };
    for row in 0..length {
        let weights: Vec<f64> = (0..length)
            .map(|column| {
                let product: f64 = (0..dim).map(|i| at(row, 0, i) * at(column, 1, i)).sum();
                let extra = bias.map_or(0.0, |bias| {
                    f64::from(bias.tables[head * (2 * bias.farthest + 1) + bias.farthest + column - row])
                });
                (product / (dim as f64).sqrt() + extra).exp()
            })
            .collect();
        let total: f64 = weights.iter().sum();
        for i in 0..dim {
            out[(first + row) * hidden + head * dim + i] =
                (0..length).map(|column| weights[column] / total * at(column, 2, i)).sum();
        }
    }
}
