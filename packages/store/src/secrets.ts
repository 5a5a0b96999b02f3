// Values that must not be readable in the database file: sealed with AES-256-GCM under a key that lives in a file of its
// own, readable by the owner alone.

export interface Secrets {
  /** Seals the value under the name, replacing what was there. */
  seal(name: string, value: string): Promise<void>
  /** Undefined when there is none. Raises Forbidden when the key file is not the one it was sealed with. */
  open(name: string): Promise<string | undefined>
  remove(name: string): Promise<void>
  /** The 32 bytes of the key file; tokens and signed URLs are made with it too. */
  key(): Buffer
}
