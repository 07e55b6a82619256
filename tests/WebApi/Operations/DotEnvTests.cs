using FaceAttendance.Application;
using FaceAttendance.WebApi.Operations;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class DotEnvTests
{
    [TestCase("KEY=value", "value")]
    [TestCase("  KEY =  value  ", "value")]
    [TestCase("export KEY=value", "value")]
    [TestCase("KEY=", "")]
    [TestCase("KEY=a=b==", "a=b==")]
    [TestCase("KEY=value # a remark", "value")]
    [TestCase("KEY=p#ss", "p#ss")]
    [TestCase("KEY=# only a remark", "")]
    [TestCase("KEY='single # $HOME \\n'", "single # $HOME \\n")]
    [TestCase("KEY=\"double # \\\"quoted\\\"\\n\\t\\\\ \\x\" # a remark", "double # \"quoted\"\n\t\\ \\x")]
    [TestCase("KEY=\"\"", "")]
    public void Parse_OneLine_GivesItsValue(string line, string expected)
    {
        var variables = DotEnv.Parse([line], ".env");

        Assert.That(variables, Is.EqualTo(new Dictionary<string, string> { ["KEY"] = expected }));
    }

    [Test]
    public void Parse_CommentsAndEmptyLines_AreNoVariables()
    {
        var variables = DotEnv.Parse(["# KEY=1", "", "   ", "  # KEY=2"], ".env");

        Assert.That(variables, Is.Empty);
    }

    [Test]
    public void Parse_NameGivenTwice_TakesTheLast()
    {
        var variables = DotEnv.Parse(["KEY=1", "KEY=2"], ".env");

        Assert.That(variables["KEY"], Is.EqualTo("2"));
    }

    [TestCase("hunter2")]
    [TestCase("=hunter2")]
    [TestCase("MY KEY=hunter2")]
    [TestCase("KEY=\"hunter2")]
    [TestCase("KEY='hunter2' hunter2")]
    public void Parse_BrokenLine_NamesTheLineAndNotItsContent(string line)
    {
        var refusal = Assert.Throws<StartupException>(() => DotEnv.Parse(["A=1", line], "/x/.env"))!;

        Assert.That(refusal.Message, Does.StartWith("/x/.env: line 2 ").And.Not.Contain("hunter2"));
    }

    [Test]
    public void Load_VariableAlreadySet_StaysAsItIs()
    {
        var folder = Directory.CreateTempSubdirectory("dotenv");
        var (set, unset) = ($"DOTENV_{Guid.NewGuid():N}", $"DOTENV_{Guid.NewGuid():N}");
        File.WriteAllLines(Path.Combine(folder.FullName, ".env"), [$"{set}=file", $"{unset}=file"]);
        Environment.SetEnvironmentVariable(set, "real");

        DotEnv.Load(folder.FullName);

        Assert.That(Environment.GetEnvironmentVariable(set), Is.EqualTo("real"));
        Assert.That(Environment.GetEnvironmentVariable(unset), Is.EqualTo("file"));
        folder.Delete(recursive: true);
    }

    [Test]
    public void Load_FolderWithoutFile_DoesNothing() => Assert.DoesNotThrow(() => DotEnv.Load(Path.GetTempPath() + Guid.NewGuid()));
}
