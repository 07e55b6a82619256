namespace FaceAttendance.Domain.Access;

/// <summary>Passwords that are guessed first: the commonest words however they are dressed up, characters in a row or over and over, and
/// names of the user.</summary>
public static class WeakPasswords
{
    // A shorter name stands in too many words.
    private const int ShortestName = 4;

    // Fewer digits are a date, a telephone number or a place on the keyboard.
    private const int EnoughDigits = 12;

    // Longer ones over and over are another matter.
    private const int LongestUnit = 4;

    private static readonly string[] Rows =
        ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "1qaz2wsx3edc4rfv",
            "1q2w3e4r5t6y7u8i9o0p"];

    // In lower case, without digits and signs: those are what a word is dressed up with.
    private static readonly HashSet<string> Common = new(
        """
        absen absensi access admin administrator agus agustus akses aku akucantik akucinta akuganteng alhamdulillah allah always andi andrew android angel
        angels apakabar apple apples april arema arsenal asdf asdfgh asdfghjk ashley attendance august autumn ayah ayahku ayu azerty baby babyboy babygirl
        bagus bakso bali banana bandung barcelona baseball basket basketball batman believe berkah bismillah budi bunda bunga burger butterfly camera cantik
        changeme charlie chelsea cherry chocolate christ cinta cintaku class classroom coffee college computer cookie corvette crystal dancer daniel december
        default demo desember device devil dewi diamond dimas doggy doraemon dragon eagle face faceattendance facebook family father februari february ferrari
        fitri flower football forever freedom friday friend friends ganteng garuda george ginger gitar golden golf goodbye google guest guitar guru gurubaru
        hadir hallo halo happiness happy hardcore harley heaven hello helloworld hendra hockey honda horse hunter ibuku ilove iloveyou indah indonesia
        instagram internet iphone ironman islam jakarta januari january jennifer jessica jesus jogja joko jordan joshua juli july jumat june juni juventus
        kamera kamis kampus kamu katakunci katasandi kawasaki kelas keluarga kepala kepsek killer king kiosk kitten komputer kucing kunci letmein library
        linux lion liverpool login logon love lovely loveyou lucky madrasah makassar malang mama manchester mangga mango manutd march maret maria master masuk
        matrix matthew maverick medan mei mercedes merdeka messi metal michael michelle microsoft minggu monday money monkey moonlight mother muhammad murid
        music naruto nasigoreng network ninja nothing november nurul october oktober open opensesame operator orange pancasila panda papa pass passwd password
        passwort pelajar pepper perpustakaan persib persija phantom phoenix piano pikachu pizza please pokemon porsche presence presensi prince princess puppy
        purple putra putri qazwsx qazwsxedc queen qwerty qwertyuiop qwertz rabu rahasia rahmat rainbow ranger realmadrid rina rizky robert ronaldo root runner
        sabtu sahabat sambal samsung samurai sandi saturday sayang sayangku school sdn secret sekolah sekolahku selamat selamatdatang selasa semarang senin
        sepakbola september server shadow shark silver singer siswa siti sman smkn smpn soccer something spiderman spring starlight starwars storm student
        students summer sunday sunflower sunshine superman surabaya suzuki system teacher teman tennis terimakasih test tester testing thankyou thomas thunder
        thursday tiger toyota trustme trustno tuesday twitter uang university user wahyu wajah warrior wednesday welcome whatever whatsapp windows winter
        wizard wsxedc yamaha yellow yogyakarta youtube zxcvbn zxcvbnm
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <param name="names">What the user or the school is called; empty ones do not count.</param>
    /// <returns>What is wrong with the password, as the end of a sentence about it; null when nothing is.</returns>
    public static string? FaultOf(string password, params ReadOnlySpan<string?> names)
    {
        var plain = password.Trim().ToLowerInvariant();
        if (plain.Length == 0) return "is blank";
        if (plain.All(char.IsAsciiDigit) && plain.Length < EnoughDigits) return "is a short number";
        if (IsRepeated(plain) || IsInARow(plain)) return "is a few characters in a row or over and over";
        foreach (var name in names)
        {
            if (name is { Length: >= ShortestName } && plain.Contains(name.ToLowerInvariant(), StringComparison.Ordinal))
                return "holds the user's name or student id";
        }
        // A sign may be one of the word's letters or stand beside them.
        return IsCommon(plain) || IsCommon(Undressed(plain)) || IsCommon(Undressed(Trimmed(plain))) ? "is among the commonest" : null;
    }

    private static bool IsRepeated(string text)
    {
        for (var unit = 1; unit <= LongestUnit && unit * 2 <= text.Length; unit++)
        {
            var length = unit;
            if (Enumerable.Range(length, text.Length - length).All(i => text[i] == text[i - length])) return true;
        }
        return false;
    }

    private static bool IsInARow(string text) =>
        Rows.Any(row => row.Contains(text, StringComparison.Ordinal)
            || new string([.. row.Reverse()]).Contains(text, StringComparison.Ordinal));

    private static bool IsCommon(string text)
    {
        var word = Trimmed(text);
        // One word, or the same or two of them together.
        return Common.Contains(word)
            || Enumerable.Range(3, Math.Max(0, word.Length - 5))
                .Any(i => Common.Contains(word[..i]) && Common.Contains(word[i..].TrimStart(NoLetters.ToCharArray())));
    }

    // Letters at either end: digits and signs are added there.
    private static string Trimmed(string text) => text.AsSpan().Trim(NoLetters).ToString();

    private static string Undressed(string text) => string.Create(text.Length, text, static (letters, dressed) =>
    {
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = dressed[i] switch
            {
                '0' => 'o',
                '1' or '!' => 'i',
                '3' => 'e',
                '4' or '@' => 'a',
                '5' or '$' => 's',
                '7' => 't',
                var other => other,
            };
        }
    });

    private const string NoLetters = "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
}
