//! Builds the service map from a manifest that passed, straight into its signed form.

use super::ManifestError;
use super::canonical::{canonicalize_into, write_number, write_string};
use super::check::{BRAND, Connector, Manifest, Warning};
use super::formats::parse_moment;
use super::node::{Member, Node};
use super::order::KeyOrder;
use super::reader::Fault;
use super::secrets::{REDACTED, may_publish};

/// Which header values are published as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PublishHeaders {
    /// Those that are no secrets by their look.
    #[default]
    Safe,
    /// All.
    All,
    /// Those that are no secrets, and all of these connectors.
    Of(Vec<String>),
}

/// What the map looks like.
#[derive(Debug, Clone, Default)]
pub struct MapForm {
    /// Entries and order of keys as strict readers of the flat map expect them: `name`, `status`, `ttl`.
    pub compat: bool,
    /// Adds the number of connectors (and the brand, where the manifest has metadata) to the metadata.
    pub count: bool,
    /// Adds the id of the signing key to the metadata.
    pub key_id: Option<String>,
    /// See the type.
    pub publish_headers: PublishHeaders,
}

/// A map without its signature.
#[derive(Debug)]
pub struct Payload {
    /// In the order in which it is signed.
    pub bytes: Vec<u8>,
    /// Connectors in the order of the manifest, and whether they are enabled.
    pub connectors: Vec<(String, bool)>,
    /// The map's own time to live.
    pub ttl_seconds: f64,
    /// What the operator should know.
    pub warnings: Vec<Warning>,
}

/// `generated_at` has to end with `Z`.
pub fn build(
    input: &[u8],
    manifest: &Manifest,
    generated_at: &str,
    form: &MapForm,
) -> Result<Payload, ManifestError> {
    let order = if form.compat { KeyOrder::Locale } else { KeyOrder::CodeUnit };
    let mut sorted: Vec<&Connector> = manifest.connectors.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(b.id));
    let mut map =
        MapWriter { input, order, form, output: Vec::with_capacity(input.len()), warnings: Vec::new() };
    let ttl_seconds = time_to_live(manifest);

    map.raw(b"{\"brand\":");
    map.string(BRAND);
    map.raw(b",\"connectors\":[");
    for (index, connector) in sorted.iter().enumerate() {
        if index > 0 {
            map.raw(b",");
        }
        map.entry(connector)?;
    }
    map.raw(b"],\"generatedAt\":");
    map.string(generated_at);
    map.raw(b",\"id\":");
    map.string(manifest.root.get("id").and_then(Node::text).unwrap_or_default());
    map.metadata(manifest.root.get("metadata"), manifest.connectors.len())?;
    map.raw(b",\"ttlSeconds\":");
    write_number(ttl_seconds, &mut map.output);
    map.raw(b"}");

    let mut warnings = manifest.warnings.clone();
    warnings.append(&mut map.warnings);
    let connectors =
        manifest.connectors.iter().map(|one| (one.id.to_owned(), is_enabled(one.node))).collect();
    Ok(Payload { bytes: map.output, connectors, ttl_seconds, warnings })
}

/// The manifest's own time, as the map has it: `Z` times as they stand, others in UTC.
pub fn generated_at(manifest: &Manifest) -> Option<String> {
    let text = manifest.root.get("generatedAt").and_then(Node::text)?;
    let moment = parse_moment(text)?;
    Some(if moment.utc { text.to_owned() } else { super::formats::format_moment(moment.ms) })
}

/// No longer than any connector's, no longer than the manifest's, at least a second.
fn time_to_live(manifest: &Manifest) -> f64 {
    let of = |node: &Node| node.get("ttlSeconds").and_then(Node::number);
    let least = manifest.connectors.iter().filter_map(|one| of(one.node)).fold(f64::INFINITY, f64::min);
    of(manifest.root).unwrap_or(least).min(least).max(1.0)
}

fn is_enabled(node: &Node) -> bool {
    let explicit = node.get("enabled").and_then(Node::bool);
    explicit.unwrap_or_else(|| node.get("status").and_then(Node::text) != Some("disabled"))
}

struct MapWriter<'f, 'i> {
    input: &'i [u8],
    order: KeyOrder,
    form: &'f MapForm,
    output: Vec<u8>,
    warnings: Vec<Warning>,
}

impl MapWriter<'_, '_> {
    fn raw(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    fn string(&mut self, text: &str) {
        write_string(text, &mut self.output);
    }

    /// `name` with its comma and colon, then what `node` holds.
    fn field(&mut self, name: &str, node: Option<&Node>, at: &str) -> Result<(), ManifestError> {
        let Some(node) = node else { return Ok(()) };
        self.raw(name.as_bytes());
        let bytes = self.input.get(node.span.clone()).unwrap_or_default();
        self.canonical(bytes, at)
    }

    fn canonical(&mut self, bytes: &[u8], at: &str) -> Result<(), ManifestError> {
        let refused =
            |fault: Fault| ManifestError::Form { at: at.to_owned(), reason: fault.reason.into_owned() };
        canonicalize_into(bytes, self.order, &mut self.output).map_err(refused)
    }

    fn entry(&mut self, connector: &Connector) -> Result<(), ManifestError> {
        let (node, id) = (connector.node, connector.id);
        self.field("{\"auth\":", node.get("auth"), id)?;
        if self.form.compat {
            return self.compat_entry(connector);
        }
        self.field(",\"description\":", node.get("description"), id)?;
        self.field(",\"displayName\":", node.get("displayName").or(node.get("name")), id)?;
        self.raw(if is_enabled(node) { b",\"enabled\":true" } else { b",\"enabled\":false" });
        self.field(",\"endpoint\":", node.get("endpoint"), id)?;
        self.headers(connector);
        self.raw(b",\"id\":");
        self.string(id);
        self.entry_metadata(connector)?;
        self.quotas(connector);
        self.tools(connector)?;
        self.field(",\"scopes\":", node.get("scopes"), id)?;
        self.field(",\"tags\":", node.get("tags").filter(|tags| !tags.items().is_empty()), id)?;
        self.field(",\"timeouts\":", node.get("timeouts"), id)?;
        self.field(",\"ttlSeconds\":", node.get("ttlSeconds"), id)?;
        self.field(",\"version\":", node.get("version"), id)?;
        self.raw(b"}");
        Ok(())
    }

    /// What strict readers of the flat map know: no description, headers, tags or tools.
    fn compat_entry(&mut self, connector: &Connector) -> Result<(), ManifestError> {
        let (node, id) = (connector.node, connector.id);
        self.field(",\"endpoint\":", node.get("endpoint"), id)?;
        self.raw(b",\"id\":");
        self.string(id);
        self.entry_metadata(connector)?;
        self.field(",\"name\":", node.get("displayName").or(node.get("name")), id)?;
        self.quotas(connector);
        self.field(",\"scopes\":", node.get("scopes"), id)?;
        self.raw(b",\"status\":");
        self.string(if is_enabled(node) { "enabled" } else { "disabled" });
        self.field(",\"timeouts\":", node.get("timeouts"), id)?;
        self.field(",\"ttl\":", node.get("ttlSeconds"), id)?;
        self.field(",\"version\":", node.get("version"), id)?;
        self.raw(b"}");
        Ok(())
    }

    /// The connector's own metadata, with the brand.
    fn entry_metadata(&mut self, connector: &Connector) -> Result<(), ManifestError> {
        self.raw(b",\"metadata\":");
        let own = connector.node.get("metadata").map(Node::members).unwrap_or_default();
        let text = self.object_with(own, &[("brand", format!("\"{BRAND}\""))]);
        self.canonical(&text, connector.id)
    }

    /// The text of an object with `added` in front, except where a member of `own` has the same key.
    fn object_with(&self, own: &[Member], added: &[(&str, String)]) -> Vec<u8> {
        let mut text = vec![b'{'];
        let mut add = |key: &str, value: &[u8]| {
            if text.len() > 1 {
                text.push(b',');
            }
            write_string(key, &mut text);
            text.push(b':');
            text.extend_from_slice(value);
        };
        for (key, value) in added {
            if !own.iter().any(|member| member.key == *key) {
                add(key, value.as_bytes());
            }
        }
        for member in own {
            add(&member.key, self.input.get(member.node.span.clone()).unwrap_or_default());
        }
        text.push(b'}');
        text
    }

    fn metadata(&mut self, own: Option<&Node>, count: usize) -> Result<(), ManifestError> {
        if self.form.compat {
            return Ok(()); // its readers drop it before they verify
        }
        let mut added = Vec::new();
        if self.form.count {
            added.push(("count", count.to_string()));
            if own.is_some() {
                added.push(("brand", format!("\"{BRAND}\"")));
            }
        }
        if let Some(key_id) = &self.form.key_id {
            let mut text = Vec::new();
            write_string(key_id, &mut text);
            added.push(("keyId", String::from_utf8_lossy(&text).into_owned()));
        }
        if own.is_none() && added.is_empty() {
            return Ok(());
        }
        self.raw(b",\"metadata\":");
        // What the map says of itself is not the manifest's to overrule.
        let members: Vec<Member> = own
            .map(Node::members)
            .unwrap_or_default()
            .iter()
            .filter(|member| !added.iter().any(|(key, _)| *key != "brand" && member.key == *key))
            .cloned()
            .collect();
        let text = self.object_with(&members, &added);
        self.canonical(&text, "metadata")
    }

    fn quotas(&mut self, connector: &Connector) {
        for (index, (name, value)) in connector.quotas.iter().enumerate() {
            self.raw(if index == 0 { b",\"quotas\":{" } else { b"," });
            self.string(name);
            self.raw(b":");
            write_number(*value, &mut self.output);
        }
        if !connector.quotas.is_empty() {
            self.raw(b"}");
        }
    }

    fn tools(&mut self, connector: &Connector) -> Result<(), ManifestError> {
        let Some(list) = connector.node.get("remoteTools").filter(|list| !list.items().is_empty()) else {
            return Ok(());
        };
        self.raw(b",\"remoteTools\":");
        for (index, (tool, name)) in list.items().iter().zip(&connector.tools).enumerate() {
            self.raw(if index == 0 { b"[{" } else { b",{" });
            let description = tool.get("description");
            self.field("\"description\":", description, connector.id)?;
            self.raw(if description.is_some() { b",\"name\":" } else { b"\"name\":" });
            self.string(name);
            self.field(",\"scopes\":", tool.get("scopes"), connector.id)?;
            self.field(",\"tags\":", tool.get("tags"), connector.id)?;
            self.raw(b"}");
        }
        self.raw(b"]");
        Ok(())
    }

    /// Headers that prove the client, then the others; a later one of the same name wins.
    fn headers(&mut self, connector: &Connector) {
        let node = connector.node;
        let mut headers: Vec<(&str, &str, bool)> = Vec::new();
        let listed = node.get("authentication").and_then(|inner| inner.get("headers"));
        for header in listed.map(Node::items).unwrap_or_default() {
            let part = |key: &str| header.get(key).and_then(Node::text).unwrap_or_default();
            headers.retain(|(name, ..)| *name != part("name"));
            headers.push((part("name"), part("value"), true));
        }
        let claimed = node.get("auth").and_then(|auth| auth.get("headerName")).and_then(Node::text);
        for member in node.get("headers").map(Node::members).unwrap_or_default() {
            let authenticates = claimed.is_some_and(|name| name.eq_ignore_ascii_case(&member.key));
            headers.retain(|(name, ..)| *name != member.key);
            headers.push((&member.key, member.node.text().unwrap_or_default(), authenticates));
        }
        headers.sort_by(|a, b| self.order.compare(a.0, b.0));
        for (index, (name, value, authenticates)) in headers.iter().enumerate() {
            self.raw(if index == 0 { b",\"headers\":{" } else { b"," });
            self.string(name);
            self.raw(b":");
            if self.publishes(connector.id) || may_publish(name, value, *authenticates) {
                self.string(value);
            } else {
                self.string(REDACTED);
                self.warnings.push(redaction(connector.id, name));
            }
        }
        if !headers.is_empty() {
            self.raw(b"}");
        }
    }

    fn publishes(&self, connector: &str) -> bool {
        match &self.form.publish_headers {
            PublishHeaders::Safe => false,
            PublishHeaders::All => true,
            PublishHeaders::Of(ids) => ids.iter().any(|id| id == connector),
        }
    }
}

/// Never says the value.
fn redaction(connector: &str, header: &str) -> Warning {
    Warning {
        kind: "header-redacted",
        connector: connector.to_owned(),
        message: format!(
            "header {header} of connector {connector} has a value that looks like a secret; it is published as \
             {REDACTED}. Use a placeholder such as ${{NAME}}, or say publishHeaderValues"
        ),
    }
}
