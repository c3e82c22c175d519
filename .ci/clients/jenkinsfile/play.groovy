// Plays a declarative Jenkinsfile on this machine: `groovy play.groovy JENKINSFILE LOG`. The file is compiled by the
// Groovy that Jenkins has, too, so its quotes and escapes mean the same; a section or a step that is not here is an error.
// `CREDENTIAL` is the one secret text that there is, `jelou-token`. Ends with 1 if the build fails.

class StepFailed extends Exception {}

class Steps {
  Build build

  // What the step `sh` does: durable-task-plugin, BourneShellScript.java.
  void sh(String script) {
    def file = File.createTempFile('script', '.sh')
    file.text = script
    def process = new ProcessBuilder('sh', '-xe', file.path)
    process.environment().remove('CREDENTIAL')
    process.environment().putAll(build.variables)
    process.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(build.log))
    if (process.start().waitFor() != 0) throw new StepFailed()
  }

  Map string(Map parameters) { parameters }

  void withCredentials(List bindings, Closure body) {
    bindings.each {
      assert it.credentialsId == 'jelou-token'
      build.variables[it.variable] = System.getenv('CREDENTIAL')
    }
    try {
      build.within(body, this)
    } finally {
      bindings.each { build.variables.remove(it.variable) }
    }
  }
}

class Options {
  void timeout(Map limit) { assert limit.time > 0 && limit.unit == 'MINUTES' }

  void disableConcurrentBuilds() {}
}

class When {
  Build build
  boolean holds = false

  // `env` has nothing for a variable that is not set.
  void expression(Closure condition) {
    condition.delegate = [env: build.variables + System.getenv()]
    condition.resolveStrategy = Closure.DELEGATE_ONLY
    holds = condition()
  }
}

// Its sections stand in this order, as they are run here: `when`, `steps` or `stages`, `post`.
class Stage {
  Build build
  boolean skipped = false

  void when(Closure body) {
    def when = new When(build: build)
    build.within(body, when)
    skipped = !when.holds
  }

  void steps(Closure steps) { if (!skipped) build.run(steps) }

  void stages(Closure body) { if (!skipped) build.stages(body) }

  // A stage that is left out has no end either (pipeline-model-definition, ModelInterpreter.groovy).
  void post(Closure body) { if (!skipped) build.post(body) }
}

class Stages {
  Build build

  void stage(String name, Closure body) {
    if (build.failed) return
    build.within(body, new Stage(build: build))
  }
}

class Build {
  File log
  Map variables = [:]
  boolean failed = false

  void within(Closure body, Object delegate) {
    body.delegate = delegate
    body.resolveStrategy = Closure.DELEGATE_ONLY
    body()
  }

  void run(Closure steps) {
    try {
      within(steps, new Steps(build: this))
    } catch (StepFailed ignored) {
      failed = true
    }
  }

  void agent(Closure body) { within(body, new Expando(label: { String label -> assert label })) }

  void options(Closure body) { within(body, new Options()) }

  void environment(Closure body) {
    def assigned = [:]
    within(body, assigned)
    variables.putAll(assigned)
  }

  void stages(Closure body) { within(body, new Stages(build: this)) }

  void post(Closure body) {
    def whenever = { Closure steps -> run(steps) }
    within(body, new Expando(always: whenever, success: { Closure steps -> if (!failed) run(steps) }))
  }
}

def build = new Build(log: new File(args[1]))
def binding = new Binding(pipeline: { Closure body -> build.within(body, build) })
new GroovyShell(binding).evaluate(new File(args[0]))
System.exit(build.failed ? 1 : 0)
