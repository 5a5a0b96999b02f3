/** The version of the server, as it tells it. */
export const version = '0.1.0'
