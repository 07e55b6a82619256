/** The zones of the tz database that this browser knows. UTC is not among what it lists. */
export const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")];
