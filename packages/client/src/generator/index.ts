export { printDocuments } from './print-documents.ts'
export { printOperations } from './print-operations.ts'
