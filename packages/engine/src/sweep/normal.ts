/** The normal distribution: its quantiles and its distribution function. */

type Coefficients = readonly number[]

// Wichura, "Algorithm AS 241: The percentage points of the normal distribution" (Applied Statistics 37, 1988): about
// sixteen digits. Coefficients from the highest power down.
const centre: readonly [Coefficients, Coefficients] = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
]
const shoulder: readonly [Coefficients, Coefficients] = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
]
const tail: readonly [Coefficients, Coefficients] = [
  [
    2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
]

/** The number that a standard normal variable is below with probability `p`, 0 < p < 1. */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(centre, 0.180625 - q * q)
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p))
  const size = r <= 5 ? ratio(shoulder, r - 1.6) : ratio(tail, r - 5)
  return q < 0 ? -size : size
}

function ratio([above, below]: readonly [Coefficients, Coefficients], x: number): number {
  return polynomial(above, x) / polynomial(below, x)
}

function polynomial(coefficients: Coefficients, x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}

/** The probability that a standard normal variable is below `x`, to about seven digits. */
export function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  // Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26
  const t = 1 / (1 + 0.3275911 * z)
  const erfc = polynomial([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0], t) * Math.exp(-z * z)
  return x < 0 ? erfc / 2 : 1 - erfc / 2
}
