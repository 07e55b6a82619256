using System.Numerics;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Domain.Tests.Liveness;

/// <summary>A person before an imagined camera: says what each frame shows, and hands it to a session.</summary>
internal sealed class Scene
{
    private static readonly EmbeddingContractId Contract = new("test");

    private readonly TimeSpan _interval;
    private ulong _picture;

    public Scene(double framesPerSecond, params LivenessAction[] asked)
        : this(framesPerSecond, asksPad: false, asked)
    {
    }

    public Scene(double framesPerSecond, bool asksPad, params LivenessAction[] asked)
        : this(framesPerSecond, asksPad, new LivenessPlan(asked))
    {
    }

    public Scene(double framesPerSecond, bool asksPad, LivenessPlan plan, params IReadOnlyList<SeenPicture> earlier)
        : this(framesPerSecond, Rules with { AsksPad = asksPad }, plan, earlier)
    {
    }

    public Scene(double framesPerSecond, LivenessRules rules, LivenessPlan plan, params IReadOnlyList<SeenPicture> earlier)
    {
        _interval = TimeSpan.FromSeconds(1 / framesPerSecond);
        Session = new(rules, plan, earlier);
    }

    public static LivenessRules Rules { get; } = new(TimeSpan.FromSeconds(60), 0.4f, AsksPad: false);

    public LivenessSession Session { get; }

    public TimeSpan Now { get; private set; }

    // What the next frames show.
    public float Grey { get; set; } = 120;

    public int Faces { get; set; } = 1;

    public float Similarity { get; set; } = 0.7f;

    public float Live { get; set; } = 0.95f;

    public bool IsFrozen { get; set; }

    /// <summary>Another time: no picture is one that a scene of before showed.</summary>
    public Scene Later()
    {
        _picture += 1_000_000;
        return this;
    }

    public FaceBox Box { get; set; } = new(100, 100, 200, 220);

    public float Share { get; set; } = 0.45f;

    public int Person { get; set; }

    public FaceGeometry Face { get; set; } = Neutral;

    public float Centimetres { get; set; } = 55;

    public Func<Vector2, float> Shape { get; set; } = DrawnFace.Head;

    public static FaceGeometry Neutral { get; } = new(0.3f, 0.3f, 0.05f, -8, new(3, 2, 0));

    public static FaceGeometry Doing(LivenessAction action) => action switch
    {
        LivenessAction.Blink => Neutral with { LeftEyeRatio = 0.08f, RightEyeRatio = 0.08f, EyesShut = 2 },
        LivenessAction.MouthOpen => Neutral with { MouthRatio = 0.75f },
        LivenessAction.Nod => Neutral with { Pose = new(3, 17, 0) },
        LivenessAction.TurnLeft => Neutral with { Pose = new(30, 2, 0) },
        LivenessAction.TurnRight => Neutral with { Pose = new(-24, 2, 0) },
        LivenessAction.MoveCloser => Neutral,
    };

    public LivenessJudgement Frame()
    {
        Now += _interval;
        if (!IsFrozen) _picture++;
        var embedding = Looks();
        var face = Faces == 0 ? null
            : new ObservedFace(Box, Share, Face, embedding, Similarity,
                Session.WantsView ? DrawnFace.View(Shape, Centimetres, (int)_picture) : null, Session.WantsLiveScore(Now) ? Live : null);
        return Session.Observe(Now, new(Grey, _picture, Faces, face));
    }

    /// <summary>Never twice the same and always much alike, as a live face is; another person is far away.</summary>
    private Embedding Looks()
    {
        var random = new Random((int)_picture);
        var raw = new float[40];
        for (var i = 0; i < raw.Length; i++) raw[i] = 0.05f * ((float)(random.NextDouble() * 2) - 1);
        raw[Person] += 1;
        return Embedding.FromRaw(raw, Contract);
    }

    /// <summary>Shows the same for a time.</summary>
    public LivenessJudgement Show(FaceGeometry face, double seconds)
    {
        Face = face;
        var last = Session.Current;
        for (var until = Now + TimeSpan.FromSeconds(seconds); Now < until && last.Outcome == LivenessOutcome.Running;) last = Frame();
        return last;
    }

    public LivenessJudgement Rest(double seconds) => Show(Neutral, seconds);

    /// <summary>From arm's length to near within a second, and back.</summary>
    public LivenessJudgement ComeCloser(float centimetres, double seconds)
    {
        var afar = Centimetres;
        foreach (var part in new[] { 0.25f, 0.5f, 0.75f, 1 }) Go(part, 0.25);
        Go(1, seconds);
        foreach (var part in new[] { 0.75f, 0.5f, 0.25f, 0 }) Go(part, 0.25);
        return Rest(0.8);

        void Go(float part, double time)
        {
            // Evenly in size.
            Centimetres = 1 / ((part / centimetres) + ((1 - part) / afar));
            Rest(time);
        }
    }

    /// <summary>From neutral to neutral; a nod as often as clients ask for it.</summary>
    public LivenessJudgement Do(LivenessAction action)
    {
        var last = Session.Current;
        if (action == LivenessAction.MoveCloser) return ComeCloser(33, 2);
        for (var times = action == LivenessAction.Nod ? 3 : 1; times > 0; times--)
        {
            Show(Doing(action), 0.6);
            last = Rest(0.8);
        }
        return last;
    }
}
