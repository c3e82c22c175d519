#requires -Version 7.4
# A token for this run: created, used, and revoked at the end, or ended by itself within the hour.
#
#   pwsh -NoProfile -File pipeline.ps1 -Function my-function
#
# Needs `jelou` on PATH and `JELOU_TOKEN` in the environment. Ends with the status of the command that failed.
#
# Masks: those of the CI system that runs it. `jelou` writes a mask to stderr, and PowerShell leaves the stderr of a
# program alone as long as nothing redirects it: so there is no `2>` here. An assignment takes what a program prints and
# leaves its status in `$LASTEXITCODE`, which is looked at before the next program runs.
param(
    [Parameter(Mandatory)][string] $Function,
    # Unique to this run, so that the last step can only revoke what this run created.
    [string] $Name = "ci-$([guid]::NewGuid().ToString('N').Substring(0, 12))"
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# Not left to the default: with `$true` a script ends with 1, whatever the status was (about_Error_Handling).
$PSNativeCommandUseErrorActionPreference = $false

function Confirm-Status([string] $What) {
    if ($LASTEXITCODE -eq 0) { return }
    # Not `Write-Error`, which would end the script with 1 here.
    [Console]::Error.WriteLine("pipeline: $What ended with status $LASTEXITCODE")
    exit $LASTEXITCODE
}

$url = jelou functions info $Function --jq .data.url
Confirm-Status 'the look at the function'
[Console]::Error.WriteLine("pipeline: calling $url")

$revoked = 0
try {
    # A variable of this process and of what it starts; never an argument. Status 11 prints the value, too: `finally` clears it.
    $env:JELOU_FUNCTION_TOKEN = jelou tokens create $Function --name $Name --expires-in 1h --wait --quiet
    Confirm-Status 'the new token'

    $answer = jelou call $Function -d '{"query": "test"}'
    Confirm-Status 'the call'
    # A program's output is an array of its lines.
    $document = $answer -join "`n" | ConvertFrom-Json
    [Console]::Error.WriteLine("pipeline: the function answered with $(@($document.psobject.Properties).Count) fields")
}
finally {
    # Runs after `exit` and Ctrl+C as well (about_Try_Catch_Finally), but not if PowerShell itself is ended from
    # outside: `--expires-in` is for that. `jelou tokens exec my-function -- pwsh -File steps.ps1` revokes then, too.
    $env:JELOU_FUNCTION_TOKEN = $null
    jelou tokens revoke $Function $Name --ignore-missing --wait -y
    $revoked = $LASTEXITCODE
    if ($revoked -ne 0) {
        [Console]::Error.WriteLine("pipeline: $Name may still be accepted: revoking it ended with status $revoked")
    }
}
exit $revoked
