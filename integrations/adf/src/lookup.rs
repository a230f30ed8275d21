//! What the names of elements say about where they may stand.

/// ADF elements that hold text alone.
const LEAVES: &[&str] = &[
    "id",
    "requestdate",
    "year",
    "make",
    "model",
    "vin",
    "stock",
    "trim",
    "doors",
    "bodystyle",
    "transmission",
    "odometer",
    "condition",
    "interiorcolor",
    "exteriorcolor",
    "preference",
    "price",
    "pricecomments",
    "optionname",
    "manufacturercode",
    "weighting",
    "method",
    "amount",
    "balance",
    "description",
    "earliestdate",
    "latestdate",
    "name",
    "email",
    "phone",
    "street",
    "apartment",
    "city",
    "regioncode",
    "postalcode",
    "country",
    "vendorname",
    "url",
    "service",
];

const CONTAINERS: &[&str] = &[
    "prospect",
    "vehicle",
    "customer",
    "vendor",
    "provider",
    "contact",
    "address",
    "finance",
    "option",
    "colorcombination",
    "timeframe",
    "imagetag",
    "comments",
];

/// HTML's elements without an end tag, as mails bring them into comments.
pub(crate) fn closes_itself(name: &str) -> bool {
    ["br", "hr", "img", "meta", "input", "link"].contains(&name)
}

pub(crate) fn breaks_line(name: &str) -> bool {
    ["br", "p", "div", "li", "tr", "h1", "h2", "h3", "ul", "ol"].contains(&name)
}

/// Whether an element with name `inner` shows that `outer` was left open by mistake.
pub(crate) fn cannot_hold(outer: &str, inner: &str) -> bool {
    if outer == inner {
        return ["p", "li", "td", "th", "tr", "dt", "dd"].contains(&inner);
    }
    LEAVES.contains(&outer) && (LEAVES.contains(&inner) || CONTAINERS.contains(&inner))
}

/// Whether it holds text alone.
pub(crate) fn is_leaf(name: &str) -> bool {
    LEAVES.contains(&name)
}
