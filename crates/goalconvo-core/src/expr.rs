//! The small language of tool guards and computed values: `people <= restaurant.seats`, `nights * hotel.price`.
//!
//! Names are arguments or, with a dot, columns of a row that the tool looked up. Operators, from loose to tight:
//! `or`, `and`, `not`, `== != < <= > >=`, `+ -`, `* /`. Texts stand in single quotes; times and dates are texts and
//! compare as such. Evaluation is total: what makes no sense (a name that is not there, a text times two) is null,
//! and null is never true.

use std::fmt;

use smol_str::SmolStr;

use crate::Value;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(Value),
    /// An argument (`people`) or a column of a row looked up (`restaurant.seats`).
    Name(SmolStr),
    /// `not x`.
    Not(Box<Expr>),
    /// Two operands.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// A function of its arguments.
    Call(Function, Vec<Expr>),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the operators are what they are called")]
pub enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Plus,
    Minus,
    Times,
    Divided,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `round(x)`: to two decimals, halves away from zero.
    Round,
    /// `min(a, b)`.
    Min,
    /// `max(a, b)`.
    Max,
    /// `join(a, b, …)`: texts and numbers, one after the other.
    Join,
    /// `days(from, to)`: how many days lie between two dates; null when one is no date.
    Days,
    /// `reference()`: a new eight-character reference, different for every write of a dialogue.
    Reference,
    /// `code()`: an eight-character code that is the same for the same tool and arguments, so that a write with it as
    /// its key changes nothing when it is made twice.
    Code,
    /// `id_number()`: as `code()`, a whole number of seven digits.
    IdNumber,
    /// `uuid()`: as `code()`, in the form of a UUID.
    Uuid,
}

/// Where an expression could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprError {
    /// Byte offset in the expression.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: expected {}", self.at + 1, self.expected)
    }
}

impl Expr {
    /// Reads an expression.
    ///
    /// ```
    /// # use goalconvo_core::{Expr, Value};
    /// let total = Expr::parse("nights * hotel.price + 2").unwrap();
    /// let names = |name: &str| Some(Value::Int(if name == "nights" { 3 } else { 50 }));
    /// assert_eq!(total.eval(&names), Value::Int(152));
    /// assert_eq!(Expr::parse("3 +").unwrap_err().expected, "a value, a name, `not` or `(`");
    /// ```
    ///
    /// # Errors
    /// The place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let expr = parser.binary(0)?;
        parser.space();
        if parser.at < text.len() { Err(parser.expected("an operator or the end")) } else { Ok(expr) }
    }

    /// The value, with `names` giving the value of each name.
    pub fn eval(&self, names: &dyn Fn(&str) -> Option<Value>) -> Value {
        match self {
            Expr::Literal(value) => value.clone(),
            Expr::Name(name) => names(name).unwrap_or_default(),
            Expr::Not(inner) => match inner.eval(names) {
                Value::Bool(b) => Value::Bool(!b),
                _ => Value::Null,
            },
            Expr::Binary(operator, left, right) => operator.apply(&left.eval(names), &right.eval(names)),
            Expr::Call(Function::Reference, _) => names("reference()").unwrap_or_default(),
            Expr::Call(Function::Code, _) => names("code()").unwrap_or_default(),
            Expr::Call(Function::IdNumber, _) => names("id_number()").unwrap_or_default(),
            Expr::Call(Function::Uuid, _) => names("uuid()").unwrap_or_default(),
            Expr::Call(function, arguments) => {
                function.apply(&arguments.iter().map(|argument| argument.eval(names)).collect::<Vec<_>>())
            }
        }
    }

    /// All names in it.
    pub fn names(&self) -> Vec<&SmolStr> {
        match self {
            Expr::Literal(_) => vec![],
            Expr::Name(name) => vec![name],
            Expr::Not(inner) => inner.names(),
            Expr::Binary(_, left, right) => [left.names(), right.names()].concat(),
            Expr::Call(_, arguments) => arguments.iter().flat_map(Expr::names).collect(),
        }
    }
}

impl Operator {
    const TABLE: [(&'static str, Operator, u8); 12] = [
        ("or", Operator::Or, 1),
        ("and", Operator::And, 2),
        ("==", Operator::Equal, 4),
        ("!=", Operator::Unequal, 4),
        ("<=", Operator::AtMost, 4),
        (">=", Operator::AtLeast, 4),
        ("<", Operator::Less, 4),
        (">", Operator::More, 4),
        ("+", Operator::Plus, 5),
        ("-", Operator::Minus, 5),
        ("*", Operator::Times, 6),
        ("/", Operator::Divided, 6),
    ];

    fn apply(self, left: &Value, right: &Value) -> Value {
        match self {
            Operator::Or => logic(left, right, |a, b| a || b),
            Operator::And => logic(left, right, |a, b| a && b),
            Operator::Equal => Value::Bool(left == right),
            Operator::Unequal => Value::Bool(left != right),
            Operator::Less => ordered(left, right, std::cmp::Ordering::is_lt),
            Operator::AtMost => ordered(left, right, std::cmp::Ordering::is_le),
            Operator::More => ordered(left, right, std::cmp::Ordering::is_gt),
            Operator::AtLeast => ordered(left, right, std::cmp::Ordering::is_ge),
            Operator::Plus => arithmetic(left, right, i64::checked_add, |a, b| a + b),
            Operator::Minus => arithmetic(left, right, i64::checked_sub, |a, b| a - b),
            Operator::Times => arithmetic(left, right, i64::checked_mul, |a, b| a * b),
            Operator::Divided => arithmetic(left, right, |_, _| None, |a, b| a / b),
        }
    }
}

fn logic(left: &Value, right: &Value, combine: fn(bool, bool) -> bool) -> Value {
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Value::Bool(combine(*a, *b)),
        _ => Value::Null,
    }
}

fn ordered(left: &Value, right: &Value, holds: fn(std::cmp::Ordering) -> bool) -> Value {
    let comparable =
        left.as_number().zip(right.as_number()).is_some() || left.as_text().zip(right.as_text()).is_some();
    if comparable { Value::Bool(holds(left.cmp(right))) } else { Value::Null }
}

fn arithmetic(
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    real: fn(f64, f64) -> f64,
) -> Value {
    if let (Value::Int(a), Value::Int(b)) = (left, right)
        && let Some(n) = whole(*a, *b)
    {
        return Value::Int(n);
    }
    match left.as_number().zip(right.as_number()).map(|(a, b)| real(a, b)) {
        Some(x) if x.is_finite() => Value::Float(x),
        _ => Value::Null,
    }
}

impl Function {
    const TABLE: [(&'static str, Function); 9] = [
        ("round", Function::Round),
        ("min", Function::Min),
        ("max", Function::Max),
        ("join", Function::Join),
        ("days", Function::Days),
        ("reference", Function::Reference),
        ("code", Function::Code),
        ("id_number", Function::IdNumber),
        ("uuid", Function::Uuid),
    ];

    fn apply(self, arguments: &[Value]) -> Value {
        match (self, arguments) {
            (Function::Round, [Value::Int(n)]) => Value::Int(*n),
            (Function::Round, [Value::Float(x)]) => Value::Float((x * 100.0).round() / 100.0),
            (Function::Min, [a, b]) => a.min(b).clone(),
            (Function::Max, [a, b]) => a.max(b).clone(),
            (Function::Days, [from, to]) => {
                let day = |value: &Value| value.as_text().and_then(day_number);
                day(from).zip(day(to)).map_or(Value::Null, |(from, to)| Value::Int(to - from))
            }
            (Function::Join, parts) => {
                Value::text(parts.iter().map(|part| part.plain().to_string()).collect::<String>())
            }
            _ => Value::Null,
        }
    }
}

/// The number of a `YYYY-MM-DD` day, counted from the first of March of the year 0 (Hinnant's `days_from_civil`).
fn day_number(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year)
}

/// How deep an expression may nest.
const DEPTH: usize = 32;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn binary(&mut self, loosest: u8) -> Result<Expr, ExprError> {
        let mut left = self.unary()?;
        while let Some((operator, binding)) = self.operator(loosest) {
            let right = self.binary(binding + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator(&mut self, loosest: u8) -> Option<(Operator, u8)> {
        self.space();
        let rest = self.rest();
        let (sign, operator, binding) =
            Operator::TABLE.into_iter().find(|(sign, _, _)| rest.starts_with(sign))?;
        let word = sign.starts_with(char::is_alphabetic);
        let runs_on = rest[sign.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if binding < loosest || (word && runs_on) {
            return None;
        }
        self.at += sign.len();
        Some((operator, binding))
    }

    fn unary(&mut self) -> Result<Expr, ExprError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.expected("a simpler expression (it nests too deep)"));
        }
        self.space();
        let expr = match self.rest().chars().next() {
            Some('(') => self.parenthesis(),
            Some('\'') => self.quoted(),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.word(),
            _ => Err(self.expected("a value, a name, `not` or `(`")),
        };
        self.depth -= 1;
        expr
    }

    fn parenthesis(&mut self) -> Result<Expr, ExprError> {
        self.at += 1;
        let inner = self.binary(0)?;
        self.take(')', "`)`")?;
        Ok(inner)
    }

    fn quoted(&mut self) -> Result<Expr, ExprError> {
        let body = &self.rest()[1..];
        let Some(end) = body.find('\'') else { return Err(self.expected("a closing quote")) };
        let value = Value::text(&body[..end]);
        self.at += end + 2;
        Ok(Expr::Literal(value))
    }

    fn number(&mut self) -> Result<Expr, ExprError> {
        let rest = self.rest();
        let end = rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |end| end + 1);
        let digits = &rest[..end];
        let value = digits.parse().map(Value::Int).or_else(|_| digits.parse().map(Value::Float));
        let value = value.map_err(|_| self.expected("a number"))?;
        self.at += end;
        Ok(Expr::Literal(value))
    }

    fn word(&mut self) -> Result<Expr, ExprError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
        let word = SmolStr::new(&rest[..end]);
        self.at += end;
        match word.as_str() {
            "not" => Ok(Expr::Not(Box::new(self.binary(4)?))),
            "true" => Ok(Expr::Literal(Value::Bool(true))),
            "false" => Ok(Expr::Literal(Value::Bool(false))),
            "null" => Ok(Expr::Literal(Value::Null)),
            _ if self.rest().starts_with('(') => self.call(&word),
            _ => Ok(Expr::Name(word)),
        }
    }

    fn call(&mut self, word: &str) -> Result<Expr, ExprError> {
        let Some((_, function)) = Function::TABLE.into_iter().find(|(name, _)| *name == word) else {
            return Err(self.expected(
                "one of the functions round, min, max, join, days, reference, code before the parenthesis",
            ));
        };
        self.at += 1;
        let mut arguments = Vec::new();
        self.space();
        while !self.rest().starts_with(')') {
            if !arguments.is_empty() {
                self.take(',', "`,` or `)`")?;
            }
            arguments.push(self.binary(0)?);
            self.space();
        }
        self.at += 1;
        Ok(Expr::Call(function, arguments))
    }

    fn take(&mut self, sign: char, expected: &'static str) -> Result<(), ExprError> {
        self.space();
        if !self.rest().starts_with(sign) {
            return Err(self.expected(expected));
        }
        self.at += sign.len_utf8();
        Ok(())
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn expected(&self, expected: &'static str) -> ExprError {
        ExprError { at: self.at, expected }
    }
}
