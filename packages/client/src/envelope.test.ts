import { describe, expect, test } from 'vitest'
import { errorOf } from './envelope.ts'

describe('answers that are errors', () => {
  test('the ARM envelope, with our own code and the details', () => {
    const body = {
      error: {
        code: 'ValidationError',
        message: 'The job is not valid.',
        details: [{ code: 'Invalid', message: 'is required', target: 'inputs.x' }],
        additionalInfo: [{ type: 'LazuriteCode', info: { value: 'ValidationFailed' } }],
      },
    }
    expect(errorOf(400, JSON.stringify(body))).toMatchObject({
      name: 'LazError',
      code: 'ValidationFailed',
      http: 400,
      message: 'The job is not valid.',
      details: [{ path: ['inputs', 'x'], message: 'is required' }],
    })
  })

  test('MLflow, storage XML and plain text', () => {
    expect(errorOf(404, '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no run"}')).toMatchObject({
      code: 'ResourceNotFound',
      message: 'no run',
    })
    expect(
      errorOf(404, '<?xml version="1.0"?><Error><Code>BlobNotFound</Code><Message>gone</Message></Error>'),
    ).toMatchObject({ code: 'BlobNotFound', message: 'gone' })
    expect(errorOf(502, 'bad gateway')).toMatchObject({ code: 'InternalError', message: 'bad gateway', http: 502 })
    expect(errorOf(403, '')).toMatchObject({ code: 'Forbidden', message: 'The server answered with status 403.' })
  })
})
