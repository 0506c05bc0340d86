/**
 * What the registry says of a client `c`, of the organization `o` that it acts for, and of that one's home `h`: the columns of
 * every row that becomes a Caller.
 */
export const registryColumns = `c.organization, c.roles, c.prefix, o.policies, o.key AS organization_key,
    coalesce(h.key, o.key) AS home_key, coalesce(h.class, o.class) AS class`

/** The home of a business associate is its principal. */
export const homeJoin = `LEFT JOIN organization h ON o.class = 'business-associate' AND h.id = substr(o.principal, 14)`
