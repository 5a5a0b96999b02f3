// What a row of the error table is, and what many rows begin with.

export interface ErrorRow {
  readonly http: number
  /** error.code of the ARM face. */
  readonly arm: string
  /** error_code of the MLflow face. */
  readonly mlflow: string
  /** x-ms-error-code of the blob face. */
  readonly blob: string
  /** The sentence, with {fact} holes. */
  readonly text: string
  /** How to mend it, with {fact} holes. */
  readonly hint?: string
}

export const invalid = { arm: 'UserError', mlflow: 'INVALID_PARAMETER_VALUE', blob: 'InvalidInput' } as const
export const absent = {
  http: 404,
  arm: 'ResourceNotFound',
  mlflow: 'RESOURCE_DOES_NOT_EXIST',
  blob: 'ResourceNotFound',
} as const
export const conflict = {
  http: 409,
  arm: 'Conflict',
  mlflow: 'RESOURCE_ALREADY_EXISTS',
  blob: 'ResourceAlreadyExists',
} as const
export const denied = {
  http: 403,
  arm: 'AuthorizationFailed',
  mlflow: 'PERMISSION_DENIED',
  blob: 'AuthorizationFailure',
} as const
export const broken = {
  http: 500,
  arm: 'InternalServerError',
  mlflow: 'INTERNAL_ERROR',
  blob: 'InternalError',
} as const
export const busy = {
  ...broken,
  http: 503,
  arm: 'ServerBusy',
  mlflow: 'TEMPORARILY_UNAVAILABLE',
  blob: 'ServerBusy',
} as const
