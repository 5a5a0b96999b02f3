// Log files: appended to, read by byte offset, followed as they grow. The user's process may write the same file itself.

export interface Logs {
  /** Creates the file and its folders when missing. Resolves when the text is with the operating system. */
  append(path: string, text: string): Promise<void>
  /** At most `max` bytes (1 MiB) from an offset; `size` is the size of the file now. A file that is not there is empty. */
  read(path: string, o: { from: number; max?: number }): Promise<{ bytes: Buffer; size: number }>
  /** Chunks from an offset on, waiting for more until the signal ends it. The file may appear later. */
  follow(path: string, o: { from: number; signal: AbortSignal }): AsyncIterable<{ offset: number; bytes: Buffer }>
}
