// An endpoint from TypeScript: made, deployed, called, deleted. `npx tsx --conditions=source examples/sdk/endpoint.ts`
import { fileURLToPath } from 'node:url'
import { connect } from '@lazurite/client'

const laz = await connect()
const name = `adder-${Date.now().toString(36)}`
await laz.onlineEndpoints.create({ name, auth_mode: 'key', description: 'Adds numbers up.' })
try {
  await laz.onlineDeployments.create({
    name: 'blue',
    endpoint_name: name,
    code_configuration: { code: fileURLToPath(new URL('src', import.meta.url)), scoring_script: 'score.py' },
    environment: 'azureml:host@latest',
    environment_variables: { WHO: 'blue' },
    instance_type: 'Standard_DS3_v2',
    instance_count: 1,
  })
  await laz.onlineEndpoints.turn(name, { blue: 100 })
  console.log(await laz.onlineEndpoints.invoke(name, { numbers: [40, 2] }))
} finally {
  await laz.onlineEndpoints.delete(name)
}
