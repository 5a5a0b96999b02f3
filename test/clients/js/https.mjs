// What a user of @azure/arm-machinelearning does over https, with nothing but variables of the environment: lists and
// makes things with DefaultAzureCredential, and puts a blob with the signature that the service hands out.
import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning'
import { DefaultAzureCredential } from '@azure/identity'
import { ContainerClient } from '@azure/storage-blob'

const {
  LAZ_ENDPOINT: endpoint,
  AZURE_SUBSCRIPTION_ID,
  AZURE_DEFAULTS_GROUP: group,
  AZURE_DEFAULTS_WORKSPACE: name,
} = process.env
const client = new AzureMachineLearningWorkspaces(new DefaultAzureCredential(), AZURE_SUBSCRIPTION_ID, { endpoint })
const seen = {}
const collect = async (pages) => {
  const all = []
  for await (const each of pages) all.push(each.name)
  return all.sort()
}
seen.workspaces = await collect(client.workspaces.listByResourceGroup(group))
const made = await client.environmentVersions.createOrUpdate(group, name, 'js', '1', {
  properties: { image: 'python:3.11' },
})
seen.environment = made.properties.image
seen.datastores = await collect(client.datastores.list(group, name))
const store = await client.datastores.get(group, name, 'workspaceblobstore')
const { sasToken } = await client.datastores.listSecrets(group, name, 'workspaceblobstore')
const { accountName, containerName } = store.properties
const container = new ContainerClient(`${endpoint}/${accountName}/${containerName}?${sasToken}`)
await container.getBlockBlobClient('js/hello.txt').upload('hello', 5)
seen.blob = (await container.getBlobClient('js/hello.txt').downloadToBuffer()).toString()
process.stdout.write(`${JSON.stringify(seen)}\n`)
