//! Logistic regression on binary features, trained by coordinate-scaled stochastic steps in a fixed order.

use crate::random::{counter, index_below};

/// A trained model.
pub(super) struct Logistic {
    weights: Vec<f64>,
    bias: f64,
}

/// L2 penalty on each weight, per step it takes part in.
const PENALTY: f64 = 1e-3;
const RATE: f64 = 0.5;

impl Logistic {
    /// Trains on the items at `training` with `AdaGrad`: each weight's step shrinks with what it has moved, so that rare
    /// features learn as fast as frequent ones. Sides of different size count the same in total.
    pub(super) fn trained(
        items: &[Vec<u32>],
        labels: &[bool],
        training: &[usize],
        features: usize,
        epochs: usize,
    ) -> Self {
        let positives = training.iter().filter(|&&at| labels[at]).count().max(1) as f64;
        let negatives = (training.len() as f64 - positives).max(1.0);
        let share = training.len() as f64 / 2.0;
        let mut model = Self { weights: vec![0.0; features], bias: 0.0 };
        let mut moved = vec![1e-8; features + 1];
        let mut order = training.to_vec();
        for epoch in 0..epochs as u64 {
            for i in (1..order.len()).rev() {
                order.swap(i, index_below(counter(epoch, 0x5f1e, i as u64), i + 1));
            }
            for &at in &order {
                let importance = if labels[at] { share / positives } else { share / negatives };
                let error = (sigmoid(model.score(&items[at])) - f64::from(u8::from(labels[at]))) * importance;
                let length = (items[at].len().max(1) as f64).sqrt();
                for &feature in &items[at] {
                    let weight = &mut model.weights[feature as usize];
                    step(weight, &mut moved[feature as usize], error / length + PENALTY * *weight);
                }
                step(&mut model.bias, &mut moved[features], error);
            }
        }
        model
    }

    /// The log odds that an item is generated. A long item does not score further out for its length alone.
    pub(super) fn score(&self, item: &[u32]) -> f64 {
        let sum: f64 = item.iter().map(|&feature| self.weights[feature as usize]).sum();
        self.bias + sum / (item.len().max(1) as f64).sqrt()
    }

    pub(super) fn weight(&self, feature: u32) -> f64 {
        self.weights[feature as usize]
    }
}

fn step(weight: &mut f64, moved: &mut f64, gradient: f64) {
    *moved += gradient * gradient;
    *weight -= RATE * gradient / moved.sqrt();
}

fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
