// Where time comes from, so that tests can hold it in their hands.

export interface Clock {
  /** Epoch ms. */
  now(): number
}
