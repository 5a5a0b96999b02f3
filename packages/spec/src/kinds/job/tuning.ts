// finetuning and distillation jobs. Checked here as far as their outer keys; running them is refused by name.
import { type Fields, f } from '../../field.ts'
import { job, outputs, queueSettings, resources } from './common.ts'

const free = (doc: string) => f.map(f.any({ nullable: true }), { doc })
const dataOrText = f.input({ doc: 'Data, as a path or a mapping.' })
const model = f.input({ doc: 'The model to start from.' })

const common: Fields = { ...job, outputs, training_data: dataOrText, validation_data: dataOrText }

export const finetuningJob: Fields = {
  ...common,
  queue_settings: queueSettings,
  resources: f.union([f.object({ instance_types: f.list(f.string()) }), resources], { doc: 'What it may run on.' }),
  model: f.required(model),
  task: f.required(f.string({ doc: 'chatCompletion, textCompletion, textClassification, …' })),
  model_provider: f.enum(['custom', 'azure_openai'], { spelling: 'snake', doc: 'Who trains it.' }),
  hyperparameters: free('Settings of the training.'),
}

export const distillationJob: Fields = {
  ...common,
  data_generation_type: f.required(f.enum(['label_generation', 'data_generation'], { doc: 'What the teacher makes.' })),
  data_generation_task_type: f.required(
    f.enum(['NLI', 'NLU_QA', 'CONVERSATION', 'MATH', 'SUMMARIZATION'], { doc: 'What it is made for.' }),
  ),
  teacher_model_endpoint_connection: f.required(free('Where the teacher answers.')),
  student_model: f.required(model),
  teacher_model_settings: free('How the teacher is asked.'),
  prompt_settings: free('How its prompts are made.'),
  hyperparameters: free('Settings of the training.'),
  resources,
}
