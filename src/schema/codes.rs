//! The numbers by which issues are told apart. They are API: a number never changes its meaning.

/// Declares the codes once, as constants and as a list of names.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $constant:ident = $number:literal, $name:literal;)*) => {
        $($(#[doc = $doc])* pub const $constant: u16 = $number;)*
        /// Every code with its name.
        pub const ALL: &[(u16, &str)] = &[$(($number, $name)),*];
    };
}

/// Codes below this one are about the document as a whole, whatever the schema says: no branch of it may swallow them.
pub const FIRST_RULE: u16 = 100;

codes! {
    /// The document ends in the middle of a value.
    END = 1, "syntax.end";
    /// A byte that cannot stand where it does.
    BYTE = 2, "syntax.byte";
    /// No number of JSON.
    NUMBER = 3, "syntax.number";
    /// An escape that JSON does not have.
    ESCAPE = 4, "syntax.escape";
    /// A control character inside a string.
    CONTROL = 5, "syntax.control";
    /// Bytes that are no UTF-8.
    UTF8 = 6, "syntax.utf8";
    /// Half of a surrogate pair, escaped.
    SURROGATE = 7, "syntax.surrogate";
    /// A number that no double holds.
    RANGE = 8, "syntax.range";
    /// A byte order mark.
    BOM = 9, "syntax.bom";
    /// Something after the document.
    TRAILING = 10, "syntax.trailing";
    /// Nothing but blanks.
    EMPTY = 11, "syntax.empty";
    /// A key that stands twice in one object.
    DUPLICATE = 12, "syntax.duplicate";
    /// Nested deeper than allowed.
    LIMIT_DEPTH = 30, "limit.depth";
    /// Longer than allowed.
    LIMIT_BYTES = 31, "limit.bytes";
    /// An object with more properties than allowed.
    LIMIT_PROPERTIES = 32, "limit.properties";
    /// An array with more items than allowed.
    LIMIT_ITEMS = 33, "limit.items";
    /// A string longer than allowed.
    LIMIT_STRING = 34, "limit.string";
    /// A pattern that took more steps than allowed.
    LIMIT_REGEX = 35, "limit.regex";
    /// Alternatives that were tried over more bytes than allowed.
    LIMIT_WORK = 36, "limit.work";
    /// The wrong type.
    TYPE = 100, "type";
    /// None of the values allowed.
    ENUM = 101, "enum";
    /// No value is allowed here.
    NEVER = 102, "never";
    /// A string too short.
    MIN_LENGTH = 110, "minLength";
    /// A string too long.
    MAX_LENGTH = 111, "maxLength";
    /// A string of another length.
    LENGTH = 112, "length";
    /// A string that does not match a pattern.
    PATTERN = 113, "pattern";
    /// A string that is not of a format.
    FORMAT = 114, "format";
    /// A string that begins otherwise.
    STARTS_WITH = 115, "startsWith";
    /// A string that ends otherwise.
    ENDS_WITH = 116, "endsWith";
    /// A string without a part.
    INCLUDES = 117, "includes";
    /// No integer.
    INT = 120, "int";
    /// Below the minimum.
    MINIMUM = 121, "minimum";
    /// Not above the minimum.
    EXCLUSIVE_MINIMUM = 122, "exclusiveMinimum";
    /// Above the maximum.
    MAXIMUM = 123, "maximum";
    /// Not below the maximum.
    EXCLUSIVE_MAXIMUM = 124, "exclusiveMaximum";
    /// No multiple.
    MULTIPLE_OF = 125, "multipleOf";
    /// Not finite.
    FINITE = 126, "finite";
    /// Too few items.
    MIN_ITEMS = 130, "minItems";
    /// Too many items.
    MAX_ITEMS = 131, "maxItems";
    /// Two equal items.
    UNIQUE_ITEMS = 132, "uniqueItems";
    /// Too few items that match.
    CONTAINS = 133, "contains";
    /// Too many items that match.
    MAX_CONTAINS = 134, "maxContains";
    /// An item beyond the last one allowed.
    ADDITIONAL_ITEMS = 135, "additionalItems";
    /// A property that is not there.
    REQUIRED = 140, "required";
    /// A property that is not allowed.
    ADDITIONAL_PROPERTIES = 141, "additionalProperties";
    /// Too few properties.
    MIN_PROPERTIES = 142, "minProperties";
    /// Too many properties.
    MAX_PROPERTIES = 143, "maxProperties";
    /// A property that another one asks for.
    DEPENDENT_REQUIRED = 144, "dependentRequired";
    /// A name that is not allowed.
    PROPERTY_NAMES = 145, "propertyNames";
    /// None of the alternatives matches.
    ANY_OF = 150, "anyOf";
    /// None of the alternatives matches, where exactly one has to.
    ONE_OF = 151, "oneOf";
    /// More than one alternative matches.
    ONE_OF_MANY = 152, "oneOfMany";
    /// What must not match does.
    NOT = 153, "not";
    /// The discriminating key has no known value.
    DISCRIMINATOR = 154, "discriminator";
    /// A keyword that is checked over the tape; the issue names it.
    KEYWORD = 170, "keyword";
}

/// The name of a code.
pub fn name(code: u16) -> &'static str {
    ALL.iter().find(|(number, _)| *number == code).map_or("unknown", |(_, name)| name)
}
