// The two functions of the package that are used; it ships no types.
declare module 'jmespath' {
  export function search(data: import('@lazurite/spec').Json, expression: string): import('@lazurite/spec').Json
  export function compile(expression: string): unknown
}
