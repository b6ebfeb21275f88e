//! Schemas that others may be referred to in, from a map and from nowhere else.

use std::collections::HashMap;
use std::sync::Arc;

use referencing::{Retrieve, Uri};
use serde_json::Value;

/// Schemas by URI.
#[derive(Debug, Clone, Default)]
pub struct Remotes(Arc<HashMap<String, Value>>);

impl Remotes {
    /// The map, with fragments that say nothing cut off.
    pub fn new(schemas: impl IntoIterator<Item = (String, Value)>) -> Self {
        let plain = |uri: String| uri.trim_end_matches('#').to_owned();
        Self(Arc::new(schemas.into_iter().map(|(uri, schema)| (plain(uri), schema)).collect()))
    }
}

impl Retrieve for Remotes {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let found = self.0.get(uri.as_str().trim_end_matches('#'));
        found.cloned().ok_or_else(|| format!("{uri} is not among the given remote schemas").into())
    }
}
