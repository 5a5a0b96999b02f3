// What flows between the steps of a pipeline, before it has an expression: a wire knows the thing it leads from, and that
// thing gets its name when the pipeline is put together.

/** Something that writes itself as a document: what the builders make. */
export interface Built<D = unknown> {
  document(): D
}

/** Whether a builder made it. */
export function isBuilt(value: unknown): value is Built {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'document' in value &&
    typeof value.document === 'function'
  )
}

/**
 * An input of a pipeline or an output of a step, to be given to another step. As text it is an expression, so it may also
 * stand inside a longer text.
 */
export class Wire {
  readonly #expression: () => string
  /** The step it leads from; undefined for an input of the pipeline. */
  readonly from: object | undefined
  /** What it is, as far as the builder was told. */
  readonly type: string | undefined
  /** Its name where it leads from. */
  readonly port: string

  constructor(expression: () => string, o: { from?: object | undefined; type?: string | undefined; port: string }) {
    this.#expression = expression
    this.from = o.from
    this.type = o.type
    this.port = o.port
  }

  toString(): string {
    return this.#expression()
  }

  toJSON(): string {
    return this.#expression()
  }
}
