/** Words of the address that a side of a step writes: they mean nothing on another. */
export const sideWords = ['side', 'file', 'path', 'of', 'line', 'L', 'q', 're', 'only', 'from', 'to'] as const
