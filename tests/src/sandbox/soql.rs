//! A real subset of SOQL: fields, dotted parents, WHERE with AND, OR, NOT, IN, LIKE, null and date literals, ORDER BY, LIMIT, OFFSET, COUNT().

use super::dice::datetime;
use super::filter::{Filter, Literal, Operator, compare};
use super::org::{Org, Row};
use super::schema::Spec;
use super::world::NEWEST;
use std::cmp::Ordering;
use std::collections::HashSet;

/// A parsed query.
#[derive(Debug, Clone)]
pub struct Query {
    /// The object's name as the org writes it.
    pub object: String,
    /// Selected fields; empty for `COUNT()`.
    pub fields: Vec<String>,
    filter: Option<Filter>,
    order: Vec<(String, bool)>,
    /// LIMIT.
    pub limit: Option<usize>,
    offset: usize,
}

/// Why a query is refused: code and message, as Salesforce words them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub &'static str, pub String);

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

fn tokens(query: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = query.chars().peekable();
    while let Some(character) = rest.peek().copied() {
        if character.is_whitespace() {
            rest.next();
        } else if character == '\'' {
            rest.next();
            let mut text = String::new();
            loop {
                match rest.next() {
                    None => return Err(Refusal("MALFORMED_QUERY", "unexpected end of text: missing quote".into())),
                    Some('\'') => break,
                    Some('\\') => text.extend(rest.next().map(|escaped| match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    })),
                    Some(other) => text.push(other),
                }
            }
            tokens.push(Token::Text(text));
        } else if "(),".contains(character) {
            rest.next();
            tokens.push(Token::Sign(character.into()));
        } else if "<>=!".contains(character) {
            let mut sign = String::new();
            while let Some(next) = rest.next_if(|next| "<>=!".contains(*next)) {
                sign.push(next);
            }
            tokens.push(Token::Sign(sign));
        } else {
            let mut word = String::new();
            while let Some(next) = rest.next_if(|next| !next.is_whitespace() && !"(),<>=!'".contains(*next)) {
                word.push(next);
            }
            tokens.push(Token::Word(word));
        }
    }
    Ok(tokens)
}

struct Parser<'a> {
    org: &'a Org,
    tokens: Vec<Token>,
    place: usize,
    now: i64,
}

impl Query {
    /// Parses and checks a query as a user who may not see the hidden fields.
    pub fn parse(org: &Org, text: &str, hidden: &HashSet<(String, String)>, now: i64) -> Result<Self, Refusal> {
        let mut parser = Parser { org, tokens: tokens(text)?, place: 0, now };
        let mut query = parser.query()?;
        let spec = org.spec(&query.object).ok_or_else(|| Refusal("INVALID_TYPE", format!("sObject type '{}' is not supported.", query.object)))?;
        spec.name.clone_into(&mut query.object);
        let mut named: Vec<&String> = query.fields.iter().chain(query.order.iter().map(|(field, _)| field)).collect();
        if let Some(filter) = &query.filter {
            filter.fields(&mut named);
        }
        for field in named {
            let known = match field.split_once('.') {
                Some((parent, of)) => parent_of(spec, parent).and_then(|(_, object)| org.spec(object)).is_some_and(|spec| position(spec, of).is_some()),
                None => position(spec, field).is_some_and(|place| !hidden.contains(&(spec.name.to_owned(), spec.fields[place].to_owned()))),
            };
            if !known {
                return Err(Refusal(
                    "INVALID_FIELD",
                    format!(
                        "\n{text}\n^\nERROR at Row:1:Column:8\nNo such column '{field}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.",
                        spec.name
                    ),
                ));
            }
        }
        Ok(query)
    }

    /// The indexes of the rows that match, in order.
    pub fn run(&self, org: &Org, include_deleted: bool) -> Vec<u64> {
        let spec = org.spec(&self.object).expect("checked when parsed");
        let newer = self.filter.as_ref().and_then(Filter::newer_than).is_some_and(|stamp| stamp.as_str() > datetime(NEWEST).as_str());
        let mut indexes = org.visible_rows(spec, include_deleted, newer);
        if self.is_plain() {
            return indexes;
        }
        if let Some(ids) = self.filter.as_ref().and_then(Filter::ids) {
            let named: Vec<u64> = ids.iter().filter_map(|id| org.index(spec, id)).collect();
            indexes = if org.is_all_shared() { named } else { named.into_iter().filter(|index| indexes.contains(index)).collect() };
        }
        let mut found: Vec<(u64, Row)> = Vec::new();
        let plain = self.filter.is_none() && self.order.is_empty();
        let mut matching = Vec::new();
        for index in indexes {
            let row = org.row(spec, index);
            if (include_deleted || !Org::is_deleted(spec, &row))
                && !row[0].is_empty()
                && self.filter.as_ref().is_none_or(|filter| filter.matches(org, spec, &row))
            {
                if plain || self.order.is_empty() {
                    matching.push(index);
                } else {
                    found.push((index, row));
                }
            }
        }
        if !self.order.is_empty() {
            found.sort_by(|(_, a), (_, b)| {
                self.order.iter().fold(Ordering::Equal, |so_far, (field, down)| {
                    so_far.then_with(|| {
                        let order = compare(field, &value(org, spec, a, field), &value(org, spec, b, field));
                        if *down { order.reverse() } else { order }
                    })
                })
            });
            matching = found.into_iter().map(|(index, _)| index).collect();
        }
        matching.into_iter().skip(self.offset).take(self.limit.unwrap_or(usize::MAX)).collect()
    }

    /// Whether the query asks for a count only.
    pub fn counts(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether every row of the object matches.
    pub fn is_plain(&self) -> bool {
        self.filter.is_none() && self.order.is_empty() && self.limit.is_none() && self.offset == 0
    }
}

/// The value of a field or of a parent's field.
pub fn value(org: &Org, spec: &Spec, row: &Row, field: &str) -> String {
    if let Some((parent, of)) = field.split_once('.') {
        let Some((place, object)) = parent_of(spec, parent) else { return String::new() };
        let Some(parent) = org.spec(object) else { return String::new() };
        return org.find(parent, &row[place]).map(|(_, row)| value(org, parent, &row, of)).unwrap_or_default();
    }
    position(spec, field).map(|place| row[place].clone()).unwrap_or_default()
}

/// The place of a field, whatever its case.
pub fn position(spec: &Spec, field: &str) -> Option<usize> {
    spec.fields.iter().position(|known| known.eq_ignore_ascii_case(field))
}

fn parent_of(spec: &Spec, parent: &str) -> Option<(usize, &'static str)> {
    let object = match parent.to_ascii_lowercase().as_str() {
        "permissionset" => "PermissionSet",
        "account" => "Account",
        "owner" | "createdby" => "User",
        "contact" => "Contact",
        "opportunity" => "Opportunity",
        "userrole" => "UserRole",
        "recordtype" => "RecordType",
        _ => return None,
    };
    Some((position(spec, &format!("{parent}Id"))?, object))
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn unexpected<T>(&self) -> Result<T, Refusal> {
        let token = match self.peek() {
            Some(Token::Word(text) | Token::Text(text) | Token::Sign(text)) => format!("unexpected token: {text}"),
            None => "unexpected token: <EOF>".into(),
        };
        Err(Refusal("MALFORMED_QUERY", token))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.place += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign.into()));
        self.place += usize::from(found);
        found
    }

    fn word(&mut self) -> Result<String, Refusal> {
        match self.peek().cloned() {
            Some(Token::Word(word)) => {
                self.place += 1;
                Ok(word)
            }
            _ => self.unexpected(),
        }
    }

    fn query(&mut self) -> Result<Query, Refusal> {
        if !self.keyword("SELECT") {
            return self.unexpected();
        }
        let mut fields = Vec::new();
        if self.keyword("COUNT") {
            if !(self.sign("(") && self.sign(")")) {
                return self.unexpected();
            }
        } else {
            loop {
                fields.push(self.word()?);
                if !self.sign(",") {
                    break;
                }
            }
        }
        if !self.keyword("FROM") {
            return self.unexpected();
        }
        let object = self.word()?;
        let mut query = Query { object, fields, filter: None, order: Vec::new(), limit: None, offset: 0 };
        if self.keyword("WHERE") {
            query.filter = Some(self.any()?);
        }
        if self.keyword("ORDER") {
            if !self.keyword("BY") {
                return self.unexpected();
            }
            loop {
                let field = self.word()?;
                let down = self.keyword("DESC");
                let _ = self.keyword("ASC");
                if self.keyword("NULLS") {
                    self.word()?;
                }
                query.order.push((field, down));
                if !self.sign(",") {
                    break;
                }
            }
        }
        if self.keyword("LIMIT") {
            query.limit = Some(self.number()?);
        }
        if self.keyword("OFFSET") {
            query.offset = self.number()?;
            if query.offset > 2000 {
                return Err(Refusal("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000".into()));
            }
        }
        if self.peek().is_some() { self.unexpected() } else { Ok(query) }
    }

    fn number(&mut self) -> Result<usize, Refusal> {
        let word = self.word()?;
        word.parse().map_err(|_| Refusal("MALFORMED_QUERY", format!("unexpected token: {word}")))
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut filters = vec![self.all()?];
        while self.keyword("OR") {
            filters.push(self.all()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Any(filters) })
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut filters = vec![self.one()?];
        while self.keyword("AND") {
            filters.push(self.one()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::All(filters) })
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if self.keyword("NOT") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.sign("(") {
            let filter = self.any()?;
            return if self.sign(")") { Ok(filter) } else { self.unexpected() };
        }
        let field = self.word()?;
        let operator = self.operator()?;
        let literals = if matches!(operator, Operator::In | Operator::NotIn) {
            if !self.sign("(") {
                return self.unexpected();
            }
            let mut literals = vec![self.literal()?];
            while self.sign(",") {
                literals.push(self.literal()?);
            }
            if !self.sign(")") {
                return self.unexpected();
            }
            literals
        } else {
            vec![self.literal()?]
        };
        let _ = self.org;
        Ok(Filter::Compare(field, operator, literals))
    }

    fn operator(&mut self) -> Result<Operator, Refusal> {
        for (keyword, operator) in [("LIKE", Operator::Like), ("IN", Operator::In)] {
            if self.keyword(keyword) {
                return Ok(operator);
            }
        }
        if self.keyword("NOT") {
            return if self.keyword("IN") { Ok(Operator::NotIn) } else { self.unexpected() };
        }
        for (sign, operator) in [
            ("=", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<>", Operator::Unequal),
            ("<=", Operator::LessEqual),
            (">=", Operator::MoreEqual),
            ("<", Operator::Less),
            (">", Operator::More),
        ] {
            if self.sign(sign) {
                return Ok(operator);
            }
        }
        self.unexpected()
    }

    fn literal(&mut self) -> Result<Literal, Refusal> {
        if let Some(Token::Text(text)) = self.peek().cloned() {
            self.place += 1;
            return Ok(Literal::Text(text));
        }
        let word = self.word()?;
        let upper = word.to_ascii_uppercase();
        let day = 86_400;
        let today = self.now - self.now.rem_euclid(day);
        let (name, count) = upper.split_once(':').map_or((upper.as_str(), 0), |(name, count)| (name, count.parse().unwrap_or(0)));
        Ok(match name {
            "NULL" => Literal::Null,
            "TODAY" => Literal::Days(today, today),
            "YESTERDAY" => Literal::Days(today - day, today - day),
            "LAST_N_DAYS" => Literal::Days(today - count * day, today),
            "NEXT_N_DAYS" => Literal::Days(today + day, today + count * day),
            _ => Literal::Text(word),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    fn run(text: &str) -> Result<usize, Refusal> {
        let org = Org::generated(World { seed: 3, contacts: 200 });
        Query::parse(&org, text, &HashSet::new(), 1_793_500_000).map(|query| query.run(&org, false).len())
    }

    #[test]
    fn queries_of_the_subset() {
        assert_eq!(run("SELECT Id FROM Contact"), Ok(200));
        assert_eq!(run("select Id, Account.Name from contact where MailingCountry = 'Atlantis'"), Ok(0));
        assert_eq!(run("SELECT Id FROM Contact WHERE Email != null OR Email = null"), Ok(200));
        assert_eq!(run("SELECT Id FROM Contact WHERE NOT (Email = null) AND LastName LIKE '%'").map(|count| count > 100), Ok(true));
        assert_eq!(run("SELECT Id FROM Account WHERE NumberOfEmployees >= 0 ORDER BY Name DESC LIMIT 7"), Ok(7));
        assert_eq!(run("SELECT Id FROM Contact WHERE SystemModstamp >= 2020-01-01T00:00:00Z"), Ok(200));
        assert_eq!(run(&format!("SELECT Id FROM Contact WHERE Id IN ('{}','{}')", World::id("003", 1), World::id("003", 9999))), Ok(1));
    }

    #[test]
    fn refusals_have_salesforces_codes() {
        assert_eq!(run("SELEKT Id FROM Contact"), Err(Refusal("MALFORMED_QUERY", "unexpected token: SELEKT".into())));
        assert_eq!(run("SELECT Nope FROM Contact").map_err(|refusal| refusal.0), Err("INVALID_FIELD"));
        assert_eq!(run("SELECT Id FROM Nope").map_err(|refusal| refusal.0), Err("INVALID_TYPE"));
        assert_eq!(run("SELECT Id FROM Contact WHERE Email = 'a").map_err(|refusal| refusal.0), Err("MALFORMED_QUERY"));
    }
}
