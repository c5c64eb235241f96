// The document's rate limits: a bucket and its tokens a minute.
/** For each address. */
export const AUTHENTICATIONS = ["provisioning.auth", 5] as const;
/** For each user. */
export const GENERAL = ["provisioning", 100] as const;
