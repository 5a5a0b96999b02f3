/** The TypeScript SDK in Node: everything a browser has, and the files and server of this machine. */
export * from './browser/index.ts'
export { type Connecting, connect } from './connect.ts'
export { checkDocument, Lazurite, load } from './node.ts'
